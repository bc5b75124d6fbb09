"""The Celery application: its broker is SQS, at AWS_ENDPOINT_URL_SQS; results are files in RESULTS."""

import json
import os
from pathlib import Path

from celery import Celery
from celery.exceptions import Reject

RESULTS = Path(os.environ["RESULTS"])
VISIBILITY_TIMEOUT = 4

app = Celery("tasks", broker="sqs://", backend=f"file://{RESULTS}")
app.conf.update(
    broker_transport_options={
        "region": "us-east-1",
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "wait_time_seconds": 1,
        "polling_interval": 0,
        "queue_name_prefix": "celery-",
        "queue_tags": {"app": "tasks"},
        "sqs-creation-attributes": {
            "MessageRetentionPeriod": "3600",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": os.environ["DEAD_ARN"], "maxReceiveCount": 2}),
        },
    },
    task_default_queue="work",
    # SQS has no broadcast, which these would need.
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)


@app.task
def add(a, b):
    return a + b


@app.task(bind=True, max_retries=3)
def flaky(self):
    """Fails twice; Celery sends it again as another message."""
    if self.request.retries < 2:
        raise self.retry(countdown=1)
    return self.request.retries


@app.task(acks_late=True)
def poison():
    """Refused for good: the transport leaves it to the redrive policy of the queue."""
    raise Reject("poison", requeue=False)


@app.task(acks_late=True)
def handed_back():
    """Refused once and put back: the transport makes the message visible again."""
    try:
        (RESULTS / "handed-back").touch(exist_ok=False)
    except FileExistsError:
        return "done"
    raise Reject("not yet", requeue=True)
