# The engine, from the module that pins it with checksums.
FROM golang:1.24-bookworm AS engine
WORKDIR /build
COPY chain/engine/cometbft/build/go.mod chain/engine/cometbft/build/go.sum ./
RUN CGO_ENABLED=0 go build -trimpath -o /cometbft github.com/cometbft/cometbft/cmd/cometbft

FROM python:3.12-slim
# pg_dump and pg_restore, for backups of organisations that keep their outbox in PostgreSQL.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 postgresql-client \
    && rm -rf /var/lib/apt/lists/*
COPY --from=engine /cometbft /usr/local/bin/cometbft
WORKDIR /opt/tradeseal
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
    && useradd --create-home tradeseal && mkdir --mode=700 /data && chown tradeseal /data
USER tradeseal
VOLUME /data
ENTRYPOINT ["tradeseal"]
