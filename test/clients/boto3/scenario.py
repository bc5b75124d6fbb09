"""boto3, in the protocol that its botocore speaks: `scenario.py json` or `scenario.py query`."""

import hashlib
import json
import sys
import time
from contextlib import contextmanager

import boto3
from botocore.config import Config

PROTOCOL = sys.argv[1]
NAME = f"boto3-{PROTOCOL}"
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
BYTES = bytes([0, 1, 127, 128, 255])
# Digests of the attributes that are sent here, as AWS documents their making.
ATTRIBUTES_MD5 = "2ad4da5f1aa9afcd66edbaf2b936de78"
TRACE_MD5 = "5ae4d5d7636402d80f4eb6d213245a88"
ILLEGAL = "a control character: \u0001"

# A refusal that is repeated would be answered the same; what fails is to be seen at once.
sqs = boto3.client("sqs", config=Config(retries={"total_max_attempts": 1}))
exceptions = sqs.exceptions


@contextmanager
def step(name):
    try:
        yield
    except BaseException:
        print(f"failed: {name}", file=sys.stderr)
        raise
    print(f"ok {name}", flush=True)


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


@contextmanager
def refused(exception, code, status=400):
    """What is inside is refused with this exception of boto3, and with the code that every botocore shows."""
    try:
        yield
    except exception as error:
        equal(error.response["Error"]["Code"], code)
        equal(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
    else:
        raise AssertionError(f"not refused: {code}")


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def create(name, **attributes):
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def attributes_of(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]).get("Attributes", {})


def receive(url, **options):
    # AttributeNames is the name that both versions of boto3 know.
    options = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"], **options}
    messages = sqs.receive_message(QueueUrl=url, **options).get("Messages", [])
    for message in messages:
        equal(message["MD5OfBody"], md5(message["Body"]))
    return messages


def remove(url, message):
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def until(what, probe, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := probe():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain until {what}")


with step(f"botocore speaks {PROTOCOL}"):
    model = sqs.meta.service_model
    equal(getattr(model, "resolved_protocol", model.metadata["protocol"]), PROTOCOL)

dead = create(f"{NAME}-dead")
dead_arn = attributes_of(dead)["QueueArn"]

with step("a queue with every attribute and tags is read back"):
    policy = {
        "Version": "2012-10-17",
        "Id": "team",
        "Statement": [
            {
                "Sid": "send",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": "SQS:SendMessage",
                "Resource": dead_arn.replace("-dead", "-every"),
            }
        ],
    }
    settings = {
        "DelaySeconds": "5",
        "MaximumMessageSize": "2048",
        "MessageRetentionPeriod": "3600",
        "ReceiveMessageWaitTimeSeconds": "3",
        "VisibilityTimeout": "45",
        "SqsManagedSseEnabled": "false",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3}, separators=(",", ":")),
        "RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"}, separators=(",", ":")),
        "Policy": json.dumps(policy),
    }
    tags = {"team": "ältere", "empty": ""}
    every = sqs.create_queue(QueueName=f"{NAME}-every", Attributes=settings, tags=tags)["QueueUrl"]
    found = attributes_of(every)
    equal({name: found[name] for name in settings}, settings)
    equal(found["QueueArn"], dead_arn.replace("-dead", "-every"))
    assert abs(int(found["CreatedTimestamp"]) - time.time()) < 60
    equal(sqs.list_queue_tags(QueueUrl=every)["Tags"], tags)

with step("an equal queue is the same one, a different one QueueNameExists"):
    equal(create(f"{NAME}-every", DelaySeconds="5"), every)
    with refused(exceptions.QueueNameExists, "QueueAlreadyExists"):
        create(f"{NAME}-every", DelaySeconds="6")

with step("attributes are set; a KMS key turns the encryption by SQS off"):
    change = {"SqsManagedSseEnabled": "true", "Policy": "", "RedrivePolicy": "", "VisibilityTimeout": "46"}
    sqs.set_queue_attributes(QueueUrl=every, Attributes=change)
    found = attributes_of(every)
    equal((found["SqsManagedSseEnabled"], found["VisibilityTimeout"]), ("true", "46"))
    assert "Policy" not in found and "RedrivePolicy" not in found
    kms = {"KmsMasterKeyId": "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds": "600"}
    sqs.set_queue_attributes(QueueUrl=every, Attributes=kms)
    found = attributes_of(every)
    equal({name: found[name] for name in kms}, kms)
    equal(found["SqsManagedSseEnabled"], "false")

with step("queues are found by name, by prefix, page by page"):
    equal(sqs.get_queue_url(QueueName=f"{NAME}-every")["QueueUrl"], every)
    pages = sqs.get_paginator("list_queues").paginate(
        QueueNamePrefix=f"{NAME}-", PaginationConfig={"PageSize": 1}
    )
    pages = [page.get("QueueUrls", []) for page in pages]
    equal(sorted(url for page in pages for url in page), [dead, every])
    assert len(pages) >= 2
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="nobody-")

with step("tags are added, replaced and removed"):
    sqs.tag_queue(QueueUrl=every, Tags={"team": "new", "stage": "test"})
    sqs.untag_queue(QueueUrl=every, TagKeys=["empty", "unknown"])
    equal(sqs.list_queue_tags(QueueUrl=every)["Tags"], {"team": "new", "stage": "test"})

work = create(f"{NAME}-work", MaximumMessageSize="1024")

with step("a permission becomes a statement of the policy and goes again"):
    sqs.add_permission(
        QueueUrl=work,
        Label="neighbours",
        AWSAccountIds=["111122223333"],
        Actions=["SendMessage", "ReceiveMessage"],
    )
    [statement] = json.loads(attributes_of(work)["Policy"])["Statement"]
    equal(statement["Sid"], "neighbours")
    equal(statement["Principal"], {"AWS": "arn:aws:iam::111122223333:root"})
    equal(statement["Action"], ["SQS:SendMessage", "SQS:ReceiveMessage"])
    sqs.remove_permission(QueueUrl=work, Label="neighbours")
    assert "Policy" not in attributes_of(work)

BODY = 'Grüße 🚀 & <b>"quotes"</b>\r\n\ttab'
ATTRIBUTES = {
    "Text": {"DataType": "String", "StringValue": "Grüße"},
    "Count": {"DataType": "Number.int", "StringValue": "42"},
    "Bytes": {"DataType": "Binary", "BinaryValue": BYTES},
}

with step("a message is sent with attributes of each type and a trace header"):
    sent = sqs.send_message(
        QueueUrl=work,
        MessageBody=BODY,
        MessageAttributes=ATTRIBUTES,
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}},
    )
    equal(sent["MD5OfMessageBody"], md5(BODY))
    equal(sent["MD5OfMessageAttributes"], ATTRIBUTES_MD5)
    equal(sent["MD5OfMessageSystemAttributes"], TRACE_MD5)
    assert "SequenceNumber" not in sent

with step("it is received byte by byte, with everything that SQS says of it"):
    [message] = receive(work)
    equal((message["MessageId"], message["Body"]), (sent["MessageId"], BODY))
    equal(message["MessageAttributes"], ATTRIBUTES)
    equal(message["MD5OfMessageAttributes"], ATTRIBUTES_MD5)
    system = message["Attributes"]
    assert system.pop("SenderId")
    assert int(system.pop("ApproximateFirstReceiveTimestamp")) >= int(system.pop("SentTimestamp"))
    equal(system, {"ApproximateReceiveCount": "1", "AWSTraceHeader": TRACE})

with step("its invisibility is extended and ended; attributes are chosen by prefix"):
    for seconds in 1, 60:
        sqs.change_message_visibility(
            QueueUrl=work, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )
    equal(receive(work, WaitTimeSeconds=2), [])
    sqs.change_message_visibility(QueueUrl=work, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    [message] = receive(work, MessageAttributeNames=["Te.*"])
    equal(message["Attributes"]["ApproximateReceiveCount"], "2")
    equal(list(message["MessageAttributes"]), ["Text"])

with step("it is deleted, once and again"):
    remove(work, message)
    remove(work, message)
    found = attributes_of(work)
    equal((found["ApproximateNumberOfMessages"], found["ApproximateNumberOfMessagesNotVisible"]), ("0", "0"))

with step("a delayed message wakes a long poll when it is due"):
    sqs.send_message(QueueUrl=work, MessageBody="later", DelaySeconds=2)
    equal(receive(work), [])
    begin = time.monotonic()
    [late] = receive(work, WaitTimeSeconds=20)
    equal(late["Body"], "later")
    assert time.monotonic() - begin < 10
    remove(work, late)

with step("of a batch, the entries that SQS refuses fail alone"):
    answer = sqs.send_message_batch(
        QueueUrl=work,
        Entries=[
            {"Id": "good", "MessageBody": "good", "MessageAttributes": ATTRIBUTES},
            {"Id": "illegal", "MessageBody": ILLEGAL},
            {"Id": "large", "MessageBody": "x" * 1025},
            {"Id": "limit", "MessageBody": "x" * 1024},
        ],
    )
    equal([entry["Id"] for entry in answer["Successful"]], ["good", "limit"])
    equal(answer["Successful"][0]["MD5OfMessageAttributes"], ATTRIBUTES_MD5)
    equal(
        [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]],
        [("illegal", "InvalidMessageContents", True), ("large", "InvalidParameterValue", True)],
    )

with step("visibility is changed and messages are deleted in batches"):
    messages = receive(work, MaxNumberOfMessages=10)
    equal(len(messages), 2)
    entries = [{"Id": str(i), "ReceiptHandle": each["ReceiptHandle"]} for i, each in enumerate(messages)]
    entries.append({"Id": "bad", "ReceiptHandle": "garbage"})
    for answer in (
        sqs.change_message_visibility_batch(
            QueueUrl=work, Entries=[{**entry, "VisibilityTimeout": 60} for entry in entries]
        ),
        sqs.delete_message_batch(QueueUrl=work, Entries=entries),
    ):
        equal(len(answer["Successful"]), 2)
        equal([(entry["Id"], entry["Code"]) for entry in answer["Failed"]], [("bad", "ReceiptHandleIsInvalid")])

with step("what is refused is refused by its own exception"):
    prefix = "AWS.SimpleQueueService."

    def batch(*entries):
        sqs.send_message_batch(QueueUrl=work, Entries=[{"MessageBody": "x", **entry} for entry in entries])

    with refused(exceptions.QueueDoesNotExist, f"{prefix}NonExistentQueue"):
        sqs.get_queue_url(QueueName=f"{NAME}-nobody")
    with refused(exceptions.QueueDoesNotExist, f"{prefix}NonExistentQueue"):
        attributes_of(f"{work}-not")
    with refused(exceptions.ReceiptHandleIsInvalid, "ReceiptHandleIsInvalid", 404):
        remove(work, {"ReceiptHandle": "garbage"})
    if PROTOCOL == "json":
        with refused(exceptions.EmptyBatchRequest, f"{prefix}EmptyBatchRequest"):
            batch()
    else:
        # A form has no way to say that a list is there and empty.
        with refused(exceptions.ClientError, "MalformedInput"):
            batch()
    with refused(exceptions.TooManyEntriesInBatchRequest, f"{prefix}TooManyEntriesInBatchRequest"):
        batch(*({"Id": str(i)} for i in range(11)))
    with refused(exceptions.BatchEntryIdsNotDistinct, f"{prefix}BatchEntryIdsNotDistinct"):
        batch({"Id": "a"}, {"Id": "a"})
    with refused(exceptions.InvalidBatchEntryId, f"{prefix}InvalidBatchEntryId"):
        batch({"Id": "a b"})
    with refused(exceptions.BatchRequestTooLong, f"{prefix}BatchRequestTooLong"):
        batch({"Id": "a", "MessageBody": "x" * 1_048_577})
    with refused(exceptions.InvalidMessageContents, "InvalidMessageContents"):
        sqs.send_message(QueueUrl=work, MessageBody=ILLEGAL)
    with refused(exceptions.ClientError, "InvalidParameterValue"):
        sqs.send_message(QueueUrl=work, MessageBody="x" * 1025)
    with refused(exceptions.ClientError, "MissingParameter"):
        sqs.send_message(QueueUrl=work, MessageBody="")
    with refused(exceptions.InvalidAttributeName, "InvalidAttributeName"):
        sqs.set_queue_attributes(QueueUrl=work, Attributes={"Colour": "red"})
    with refused(exceptions.ClientError, "InvalidAttributeValue"):
        sqs.set_queue_attributes(QueueUrl=work, Attributes={"DelaySeconds": "901"})

with step("FIFO: sequence numbers grow, a duplicate is answered as the first"):
    settings = {
        "FifoQueue": "true",
        "ContentBasedDeduplication": "true",
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
    }
    fifo = create(f"{NAME}.fifo", **settings)
    found = attributes_of(fifo)
    equal({name: found[name] for name in settings}, settings)
    answers = [sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId="a") for body in ("a1", "a2", "a3")]
    answers += sqs.send_message_batch(
        QueueUrl=fifo,
        Entries=[
            {"Id": body, "MessageBody": body, "MessageGroupId": "b", "MessageDeduplicationId": f"id-of-{body}"}
            for body in ("b1", "b2")
        ],
    )["Successful"]
    numbers = [answer["SequenceNumber"] for answer in answers]
    assert all(len(number) == 20 and number.isdigit() for number in numbers), numbers
    equal(numbers, sorted(set(numbers)))
    again = sqs.send_message(QueueUrl=fifo, MessageBody="a1", MessageGroupId="a")
    equal((again["MessageId"], again["SequenceNumber"]), (answers[0]["MessageId"], numbers[0]))

with step("FIFO: a message in flight locks its group, the other goes on, in order"):
    orders = {"a": ["a1", "a2", "a3"], "b": ["b1", "b2"]}
    [first] = receive(fifo)
    system = first["Attributes"]
    group = system["MessageGroupId"]
    equal(first["Body"], orders[group][0])
    assert system["SequenceNumber"] in numbers
    content = hashlib.sha256(first["Body"].encode()).hexdigest()
    equal(system["MessageDeduplicationId"], content if group == "a" else "id-of-b1")
    others = receive(fifo, MaxNumberOfMessages=10)
    equal([other["Body"] for other in others], orders["b" if group == "a" else "a"])
    for other in others:
        remove(fifo, other)
    equal(receive(fifo), [])
    remove(fifo, first)
    rest = receive(fifo, MaxNumberOfMessages=10)
    equal([other["Body"] for other in rest], orders[group][1:])
    for other in rest:
        remove(fifo, other)

with step("FIFO: a receive that is repeated answers the same handles"):
    sqs.send_message(QueueUrl=fifo, MessageBody="again", MessageGroupId="c")
    [one] = receive(fifo, ReceiveRequestAttemptId="attempt-1")
    [two] = receive(fifo, ReceiveRequestAttemptId="attempt-1")
    equal(two["ReceiptHandle"], one["ReceiptHandle"])
    remove(fifo, two)

with step("FIFO: what such a queue needs is demanded"):
    with refused(exceptions.ClientError, "MissingParameter"):
        sqs.send_message(QueueUrl=fifo, MessageBody="x")
    with refused(exceptions.ClientError, "InvalidParameterValue"):
        sqs.send_message(QueueUrl=fifo, MessageBody="x", MessageGroupId="a", DelaySeconds=1)
    with refused(exceptions.ClientError, "InvalidParameterValue"):
        create(f"{NAME}-no-suffix", FifoQueue="true")

source = create(
    f"{NAME}-source",
    RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1}),
)
source_arn = attributes_of(source)["QueueArn"]

with step("a message that was received too often is in the dead-letter queue"):
    sent = sqs.send_message(QueueUrl=source, MessageBody="poison")
    [once] = receive(source, VisibilityTimeout=0)
    equal(once["Attributes"]["ApproximateReceiveCount"], "1")
    equal(receive(source), [])
    [moved] = receive(dead, VisibilityTimeout=0, WaitTimeSeconds=5)
    equal((moved["MessageId"], moved["Body"]), (sent["MessageId"], "poison"))
    equal(moved["Attributes"]["DeadLetterQueueSourceArn"], source_arn)
    equal(moved["Attributes"]["ApproximateReceiveCount"], "2")
    equal(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [source])


def newest_task():
    [task] = sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"]
    return task


with step("a move task brings it back to where it came from"):
    assert sqs.start_message_move_task(SourceArn=dead_arn)["TaskHandle"]
    until("the task is done", lambda: newest_task()["Status"] != "RUNNING")
    task = newest_task()
    assert abs(task.pop("StartedTimestamp") / 1000 - time.time()) < 60
    equal(
        task,
        {
            "Status": "COMPLETED",
            "SourceArn": dead_arn,
            "ApproximateNumberOfMessagesMoved": 1,
            "ApproximateNumberOfMessagesToMove": 1,
        },
    )
    [back] = receive(source, WaitTimeSeconds=5)
    equal(back["Body"], "poison")
    remove(source, back)

with step("a move task is cancelled; what it cannot do is refused"):
    for body in "123":
        sqs.send_message(QueueUrl=dead, MessageBody=body)
    move = {
        "SourceArn": dead_arn,
        "DestinationArn": attributes_of(work)["QueueArn"],
        "MaxNumberOfMessagesPerSecond": 1,
    }
    handle = sqs.start_message_move_task(**move)["TaskHandle"]
    task = newest_task()
    equal((task["Status"], task["TaskHandle"], task["MaxNumberOfMessagesPerSecond"]), ("RUNNING", handle, 1))
    with refused(exceptions.ClientError, "InvalidParameterValue"):
        sqs.start_message_move_task(**move)
    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] < 3
    until("it is cancelled", lambda: newest_task()["Status"] == "CANCELLED")
    with refused(exceptions.ResourceNotFoundException, "ResourceNotFoundException", 404):
        sqs.start_message_move_task(SourceArn=f"{dead_arn}-not")
    with refused(exceptions.ClientError, "InvalidParameterValue"):
        sqs.start_message_move_task(SourceArn=source_arn)

with step("a purge removes everything, once a minute"):
    sqs.send_message(QueueUrl=work, MessageBody="visible")
    sqs.send_message(QueueUrl=work, MessageBody="delayed", DelaySeconds=60)
    sqs.purge_queue(QueueUrl=work)
    found = attributes_of(work)
    equal((found["ApproximateNumberOfMessages"], found["ApproximateNumberOfMessagesDelayed"]), ("0", "0"))
    with refused(exceptions.PurgeQueueInProgress, f"{prefix}PurgeQueueInProgress", 403):
        sqs.purge_queue(QueueUrl=work)

with step("a deleted queue is gone, and its name is not free for a minute"):
    for url in every, work, fifo, source, dead:
        sqs.delete_queue(QueueUrl=url)
    with refused(exceptions.QueueDoesNotExist, f"{prefix}NonExistentQueue"):
        sqs.send_message(QueueUrl=work, MessageBody="x")
    with refused(exceptions.QueueDeletedRecently, f"{prefix}QueueDeletedRecently"):
        create(f"{NAME}-work")
