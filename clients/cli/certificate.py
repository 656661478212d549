"""`tradeseal certificate`: certificates of origin, signed here and carried by your door.

Exit codes: 0 done; 1 refused, by the door or by the ledger; 2 not known yet: ask again;
64 unusable input.
"""

import typer

from clients.cli.certificate_customs import commands as customs
from clients.cli.certificate_exporter import commands as exporter
from clients.cli.certificate_issuing import commands as issuing
from clients.cli.certificate_presentation import commands as presentation
from clients.cli.certificate_reading import commands as reading
from clients.cli.certificate_receiving import commands as receiving
from clients.cli.certificate_withdrawing import commands as withdrawing
from clients.cli.certificate_xml import app as xml

app = typer.Typer(name="certificate", help="Certificates of origin.", no_args_is_help=True)
for _commands in (reading, exporter, issuing, withdrawing, receiving, customs, presentation):
    app.add_typer(_commands)
app.add_typer(xml)
