"""Reads a certificate from its JSON form, strictly; pure."""

from contracts.errors import FormError
from contracts.origin.form_checks import form_problems
from contracts.origin.form_model import CertificateForm
from contracts.origin.form_objects import read_object


def parse_certificate(value: object) -> CertificateForm:
    """Parse and check a certificate in its JSON form.

    Args:
        value: Decoded JSON; amounts and quantities are strings, dates ISO 8601.

    Raises:
        FormError: A field is missing, unknown, malformed, or breaks a rule of the
            form; the error names it.
    """
    form = read_certificate(value)
    for problem in form_problems(form):
        raise FormError(problem.field, problem.problem, problem.remedy)
    return form


def read_certificate(value: object) -> CertificateForm:
    """Read a certificate's boxes without the rules between them.

    For examiners, who want to know all that is wrong with a certificate they got.

    Raises:
        FormError: A field is missing, unknown or malformed.
    """
    return read_object(CertificateForm, value)
