"""Celery with kombu's transport for SQS: a worker in a process of its own, and tasks with results."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import boto3

folder = Path.cwd()
results = folder / "results"
results.mkdir()
log = folder / "worker.log"
sqs = boto3.client("sqs")


@contextmanager
def step(name):
    try:
        yield
    except BaseException:
        last_words = log.read_text().splitlines()[-40:] if log.exists() else []
        print(f"failed: {name}", *last_words, sep="\n", file=sys.stderr)
        raise
    print(f"ok {name}", flush=True)


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def attributes_of(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


dead = sqs.create_queue(QueueName="celery-dead")["QueueUrl"]
# The transport takes a queue that is there as it is.
fifo = sqs.create_queue(QueueName="celery-orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]

os.environ |= {"RESULTS": str(results), "DEAD_ARN": attributes_of(dead)["QueueArn"]}
from tasks import VISIBILITY_TIMEOUT, add, flaky, handed_back, poison  # noqa: E402

with log.open("w") as file:
    worker = subprocess.Popen(
        ["celery", "--app", "tasks", "--workdir", str(Path(__file__).parent), "worker"]
        + ["--queues", "work,orders.fifo", "--concurrency", "1", "--loglevel", "info"]
        + ["--without-gossip", "--without-mingle", "--without-heartbeat"],
        stdout=file,
        stderr=subprocess.STDOUT,
    )

try:
    # Sent first, since it takes two visibility timeouts to become a dead letter.
    poisoned = poison.delay()

    with step("a task is done by the worker, and its result is seen"):
        equal(add.delay(2, 3).get(timeout=30), 5)

    with step("the queue has the attributes and tags of the transport options"):
        work = sqs.get_queue_url(QueueName="celery-work")["QueueUrl"]
        found = attributes_of(work)
        equal((found["VisibilityTimeout"], found["MessageRetentionPeriod"]), (str(VISIBILITY_TIMEOUT), "3600"))
        equal(sqs.list_queue_tags(QueueUrl=work)["Tags"], {"app": "tasks"})

    with step("many tasks at once are each done"):
        pending = [add.delay(i, i) for i in range(20)]
        equal([each.get(timeout=30) for each in pending], [2 * i for i in range(20)])

    with step("a task with a countdown is done when it is due"):
        begin = time.monotonic()
        equal(add.apply_async((1, 1), countdown=2).get(timeout=30), 2)
        assert time.monotonic() - begin >= 2

    with step("a task that asks for it is tried again"):
        equal(flaky.delay().get(timeout=30), 2)

    with step("a task that is put back is received again"):
        equal(handed_back.delay().get(timeout=30), "done")

    with step("FIFO: tasks of a group are done in order"):
        pending = [
            add.apply_async((i, 0), queue="orders.fifo", MessageGroupId="orders", MessageDeduplicationId=f"order-{i}")
            for i in range(5)
        ]
        # A duplicate, which SQS swallows.
        duplicate = add.apply_async(
            (9, 9), queue="orders.fifo", MessageGroupId="orders", MessageDeduplicationId="order-4"
        )
        equal([each.get(timeout=30) for each in pending], [0, 1, 2, 3, 4])
        done = [each.date_done for each in pending]
        equal(done, sorted(done))
        assert not duplicate.ready()

    with step("a task that is rejected becomes a dead letter"):
        [letter] = sqs.receive_message(
            QueueUrl=dead, WaitTimeSeconds=20, AttributeNames=["All"], MaxNumberOfMessages=10
        )["Messages"]
        equal(letter["Attributes"]["DeadLetterQueueSourceArn"], attributes_of(work)["QueueArn"])
        equal(letter["Attributes"]["ApproximateReceiveCount"], "3")
        equal(log.read_text().count(f"tasks.poison[{poisoned.id}] received"), 2)

    with step("nothing is left in the queues when the worker has ended"):
        worker.terminate()
        equal(worker.wait(30), 0)
        for url in work, fifo:
            found = attributes_of(url)
            equal(found["ApproximateNumberOfMessages"], "0")
            equal(found["ApproximateNumberOfMessagesNotVisible"], "0")
finally:
    worker.kill()
