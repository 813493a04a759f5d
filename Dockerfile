# One image for uac_api, studio_app, mlflow_server and the jobs: `make up` builds it.
# It needs no BuildKit. An index of packages other than PyPI is an argument of the build:
#   PIP_INDEX_URL=https://... make up
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
# Arguments of this stage only: what they say is in no layer and no history of the image below.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# gunicorn's parser comes as source for some versions of Python.
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends gcc libc6-dev >/dev/null \
    && headers=$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))') \
    && { test -e "$headers/Python.h" || apt-get install -qq -y python3-dev >/dev/null; } \
    && python3 -m venv /opt/studio
COPY requirements.txt /build/
# Tests, headers and the installer are a fifth of what the packages weigh, and nobody runs them.
RUN /opt/studio/bin/pip install --progress-bar off -r /build/requirements.txt \
    && cd /opt/studio/lib/python3*/site-packages \
    && find . -type d -name tests -path '*/*/*' -prune -exec rm -rf {} + \
    && find . -name '*.pyi' -delete \
    && rm -rf pyarrow/include pyarrow/src pyarrow/*.a
COPY pyproject.toml README.md LICENSE /build/
COPY uac_api /build/uac_api
COPY studio_app /build/studio_app
COPY pages /build/pages
COPY ml_studio /build/ml_studio
COPY mlflow_server /build/mlflow_server
COPY telemetry /build/telemetry
COPY configuration /build/configuration
COPY ops /build/ops
RUN /opt/studio/bin/pip install --progress-bar off --no-deps /build \
    && /opt/studio/bin/pip uninstall --yes --quiet pip

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.vendor="ML Studio" org.opencontainers.image.title="ML Studio" org.opencontainers.image.licenses="Apache-2.0"
# Volumes take the rights of these folders when they are new: any account may write there.
RUN install -d -m 1777 /artifacts /backups /scratch && install -d /app
COPY --from=packages /opt/studio /opt/studio
COPY .streamlit /app/.streamlit
COPY uac_api/serving/gunicorn.py /app/gunicorn.conf.py
ENV PATH=/opt/studio/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
