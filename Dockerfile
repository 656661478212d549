FROM python:3.12-slim
WORKDIR /opt/tradeseal
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
    && useradd --create-home tradeseal && mkdir /data && chown tradeseal /data
USER tradeseal
VOLUME /data
ENTRYPOINT ["tradeseal"]
