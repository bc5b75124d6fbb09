import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.*;

/** The AWS SDK for Java v2. It checks the digests of bodies and of attributes itself. */
class Scenario {
    static final String TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    static final SdkBytes BYTES = SdkBytes.fromByteArray(new byte[] {0, 1, 127, (byte) 128, (byte) 255});
    static final String ILLEGAL = "a control character: \u0001";
    static final String PREFIX = "AWS.SimpleQueueService.";

    static final SqsClient sqs = SqsClient.create();

    interface Step {
        void run() throws Exception;
    }

    /** Says that what it runs has passed, or ends the program. */
    static void step(String name, Step step) {
        try {
            step.run();
            System.out.println("ok " + name);
        } catch (Throwable problem) {
            System.err.println("failed: " + name + "\n" + problem);
            for (var frame : problem.getStackTrace()) {
                if (frame.getClassName().equals("Scenario")) System.err.println("    at " + frame);
            }
            System.exit(1);
        }
    }

    static void equal(Object found, Object expected) {
        if (!Objects.equals(found, expected)) throw new AssertionError(found + " is not " + expected);
    }

    static void check(boolean condition, String what) {
        if (!condition) throw new AssertionError("not so: " + what);
    }

    /** The call is refused with this exception of the SDK, and with the code that the Query protocol has for it. */
    static <E extends SqsException> E refused(Class<E> exception, String code, int status, Step call) throws Exception {
        try {
            call.run();
        } catch (SqsException error) {
            check(exception.isInstance(error), error + " is a " + exception.getSimpleName());
            equal(error.awsErrorDetails().errorCode(), code);
            equal(error.statusCode(), status);
            return exception.cast(error);
        }
        throw new AssertionError("not refused: " + code);
    }

    static void until(String what, BooleanSupplier probe) throws InterruptedException {
        for (var end = Instant.now().plusSeconds(15); Instant.now().isBefore(end); Thread.sleep(50)) {
            if (probe.getAsBoolean()) return;
        }
        throw new AssertionError("waited 15 s in vain until " + what);
    }

    static String create(String name, Map<String, String> attributes) {
        return sqs.createQueue(queue -> queue.queueName(name).attributesWithStrings(attributes)).queueUrl();
    }

    static Map<String, String> attributesOf(String url) {
        var names = List.of(QueueAttributeName.ALL);
        return sqs.getQueueAttributes(queue -> queue.queueUrl(url).attributeNames(names)).attributesAsStrings();
    }

    static String arnOf(String url) {
        return attributesOf(url).get("QueueArn");
    }

    static SendMessageResponse send(String url, String body) {
        return sqs.sendMessage(message -> message.queueUrl(url).messageBody(body));
    }

    static List<Message> receive(String url, Consumer<ReceiveMessageRequest.Builder> options) {
        var request = ReceiveMessageRequest.builder()
            .queueUrl(url)
            .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
            .messageAttributeNames("All");
        options.accept(request);
        return sqs.receiveMessage(request.build()).messages();
    }

    static List<Message> receive(String url) {
        return receive(url, request -> {});
    }

    static Message one(List<Message> messages) {
        equal(messages.size(), 1);
        return messages.get(0);
    }

    static List<String> bodies(List<Message> messages) {
        return messages.stream().map(Message::body).toList();
    }

    static String said(Message message, MessageSystemAttributeName name) {
        return message.attributes().get(name);
    }

    static void remove(String url, Message message) {
        sqs.deleteMessage(request -> request.queueUrl(url).receiptHandle(message.receiptHandle()));
    }

    static void hide(String url, Message message, int seconds) {
        sqs.changeMessageVisibility(request ->
            request.queueUrl(url).receiptHandle(message.receiptHandle()).visibilityTimeout(seconds));
    }

    static MessageAttributeValue text(String type, String value) {
        return MessageAttributeValue.builder().dataType(type).stringValue(value).build();
    }

    static ListMessageMoveTasksResultEntry newestTask(String arn) {
        return sqs.listMessageMoveTasks(request -> request.sourceArn(arn)).results().get(0);
    }

    static String every, fifo;
    static SendMessageResponse sent;
    static Message message;

    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) {
        var dead = create("java-dead", Map.of());
        var deadArn = arnOf(dead);

        step("a queue with every attribute and tags is read back", () -> {
            var settings = Map.of(
                "DelaySeconds", "5",
                "MaximumMessageSize", "2048",
                "MessageRetentionPeriod", "3600",
                "ReceiveMessageWaitTimeSeconds", "3",
                "VisibilityTimeout", "45",
                "SqsManagedSseEnabled", "false",
                "RedrivePolicy", "{\"deadLetterTargetArn\":\"%s\",\"maxReceiveCount\":3}".formatted(deadArn),
                "RedriveAllowPolicy", "{\"redrivePermission\":\"denyAll\"}",
                "Policy", """
                    {"Version":"2012-10-17","Id":"team","Statement":[{"Sid":"send","Effect":"Allow",
                     "Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"SQS:SendMessage",
                     "Resource":"%s"}]}""".formatted(deadArn.replace("-dead", "-every")));
            var tags = Map.of("team", "ältere", "empty", "");
            every = sqs.createQueue(queue ->
                queue.queueName("java-every").attributesWithStrings(settings).tags(tags)).queueUrl();
            var found = attributesOf(every);
            settings.forEach((name, value) -> equal(found.get(name), value));
            equal(found.get("QueueArn"), deadArn.replace("-dead", "-every"));
            var created = Instant.ofEpochSecond(Long.parseLong(found.get("CreatedTimestamp")));
            check(Duration.between(created, Instant.now()).abs().toSeconds() < 60, "it was created now");
            equal(sqs.listQueueTags(queue -> queue.queueUrl(every)).tags(), tags);
        });

        step("an equal queue is the same one, a different one QueueNameExists", () -> {
            equal(create("java-every", Map.of("DelaySeconds", "5")), every);
            refused(QueueNameExistsException.class, "QueueAlreadyExists", 400,
                () -> create("java-every", Map.of("DelaySeconds", "6")));
        });

        step("attributes are set; a KMS key turns the encryption by SQS off", () -> {
            sqs.setQueueAttributes(queue -> queue.queueUrl(every).attributes(Map.of(
                QueueAttributeName.SQS_MANAGED_SSE_ENABLED, "true",
                QueueAttributeName.POLICY, "",
                QueueAttributeName.REDRIVE_POLICY, "",
                QueueAttributeName.VISIBILITY_TIMEOUT, "46")));
            var managed = attributesOf(every);
            equal(managed.get("SqsManagedSseEnabled") + managed.get("VisibilityTimeout"), "true46");
            check(!managed.containsKey("Policy") && !managed.containsKey("RedrivePolicy"), "both policies are gone");
            sqs.setQueueAttributes(queue -> queue.queueUrl(every).attributes(Map.of(
                QueueAttributeName.KMS_MASTER_KEY_ID, "alias/aws/sqs",
                QueueAttributeName.KMS_DATA_KEY_REUSE_PERIOD_SECONDS, "600")));
            var keyed = attributesOf(every);
            equal(keyed.get("KmsMasterKeyId"), "alias/aws/sqs");
            equal(keyed.get("KmsDataKeyReusePeriodSeconds"), "600");
            equal(keyed.get("SqsManagedSseEnabled"), "false");
        });

        step("queues are found by name, by prefix, page by page", () -> {
            equal(sqs.getQueueUrl(queue -> queue.queueName("java-every")).queueUrl(), every);
            var pages = sqs.listQueuesPaginator(request -> request.queueNamePrefix("java-").maxResults(1));
            equal(pages.queueUrls().stream().sorted().toList(), List.of(dead, every));
            check(pages.stream().count() >= 2, "there are two pages");
            check(sqs.listQueues(request -> request.queueNamePrefix("nobody-")).queueUrls().isEmpty(), "none");
        });

        step("tags are added, replaced and removed", () -> {
            var tags = Map.of("team", "new", "stage", "test");
            sqs.tagQueue(queue -> queue.queueUrl(every).tags(tags));
            sqs.untagQueue(queue -> queue.queueUrl(every).tagKeys("empty", "unknown"));
            equal(sqs.listQueueTags(queue -> queue.queueUrl(every)).tags(), tags);
        });

        var work = create("java-work", Map.of("MaximumMessageSize", "1024"));

        step("a permission becomes a statement of the policy and goes again", () -> {
            sqs.addPermission(permission -> permission
                .queueUrl(work)
                .label("neighbours")
                .awsAccountIds("111122223333")
                .actions("SendMessage", "ReceiveMessage"));
            var policy = attributesOf(work).get("Policy");
            check(policy.contains("\"Sid\":\"neighbours\""), policy + " has the label");
            check(policy.contains("{\"AWS\":\"arn:aws:iam::111122223333:root\"}"), policy + " has the account");
            check(policy.contains("[\"SQS:SendMessage\",\"SQS:ReceiveMessage\"]"), policy + " has the actions");
            sqs.removePermission(permission -> permission.queueUrl(work).label("neighbours"));
            check(!attributesOf(work).containsKey("Policy"), "the policy is gone");
        });

        var body = "Grüße 🚀 & <b>\"quotes\"</b>\r\n\ttab";
        var attributes = Map.of(
            "Text", text("String", "Grüße"),
            "Count", text("Number.int", "42"),
            "Bytes", MessageAttributeValue.builder().dataType("Binary").binaryValue(BYTES).build());

        step("a message is sent with attributes of each type and a trace header", () -> {
            var header = MessageSystemAttributeValue.builder().dataType("String").stringValue(TRACE).build();
            sent = sqs.sendMessage(request -> request
                .queueUrl(work)
                .messageBody(body)
                .messageAttributes(attributes)
                .messageSystemAttributes(Map.of(MessageSystemAttributeNameForSends.AWS_TRACE_HEADER, header)));
            equal(sent.md5OfMessageAttributes(), "2ad4da5f1aa9afcd66edbaf2b936de78");
            equal(sent.md5OfMessageSystemAttributes(), "5ae4d5d7636402d80f4eb6d213245a88");
            equal(sent.sequenceNumber(), null);
        });

        step("it is received byte by byte, with everything that SQS says of it", () -> {
            message = one(receive(work));
            equal(message.messageId(), sent.messageId());
            equal(message.body(), body);
            equal(message.messageAttributes(), attributes);
            equal(said(message, MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT), "1");
            equal(said(message, MessageSystemAttributeName.AWS_TRACE_HEADER), TRACE);
            check(!said(message, MessageSystemAttributeName.SENDER_ID).isEmpty(), "there is a sender");
            var first = Long.parseLong(said(message, MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP));
            check(first >= Long.parseLong(said(message, MessageSystemAttributeName.SENT_TIMESTAMP)), "in order");
        });

        step("its invisibility is extended and ended; attributes are chosen by prefix", () -> {
            hide(work, message, 1);
            hide(work, message, 60);
            equal(receive(work, request -> request.waitTimeSeconds(2)), List.of());
            hide(work, message, 0);
            message = one(receive(work, request -> request.messageAttributeNames("Te.*")));
            equal(said(message, MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT), "2");
            equal(List.copyOf(message.messageAttributes().keySet()), List.of("Text"));
        });

        step("it is deleted, once and again", () -> {
            remove(work, message);
            remove(work, message);
            var found = attributesOf(work);
            equal(found.get("ApproximateNumberOfMessages"), "0");
            equal(found.get("ApproximateNumberOfMessagesNotVisible"), "0");
        });

        step("a delayed message wakes a long poll when it is due", () -> {
            sqs.sendMessage(request -> request.queueUrl(work).messageBody("later").delaySeconds(2));
            equal(receive(work), List.of());
            var begin = Instant.now();
            var late = one(receive(work, request -> request.waitTimeSeconds(20)));
            equal(late.body(), "later");
            check(Duration.between(begin, Instant.now()).toSeconds() < 10, "it came early");
            remove(work, late);
        });

        step("of a batch, the entries that SQS refuses fail alone", () -> {
            var answer = sqs.sendMessageBatch(batch -> batch.queueUrl(work).entries(
                entry -> entry.id("good").messageBody("good").messageAttributes(attributes),
                entry -> entry.id("illegal").messageBody(ILLEGAL),
                entry -> entry.id("large").messageBody("x".repeat(1025)),
                entry -> entry.id("limit").messageBody("x".repeat(1024))));
            equal(answer.successful().stream().map(entry -> entry.id()).toList(), List.of("good", "limit"));
            equal(answer.failed().stream()
                    .map(entry -> entry.id() + " " + entry.code() + " " + entry.senderFault()).toList(),
                List.of("illegal InvalidMessageContents true", "large InvalidParameterValue true"));
        });

        step("visibility is changed and messages are deleted in batches", () -> {
            var messages = new ArrayList<>(receive(work, request -> request.maxNumberOfMessages(10)));
            equal(messages.size(), 2);
            messages.add(Message.builder().messageId("bad").receiptHandle("garbage").build());
            var hidden = sqs.changeMessageVisibilityBatch(batch -> batch.queueUrl(work).entries(messages.stream()
                .map(each -> ChangeMessageVisibilityBatchRequestEntry.builder()
                    .id(each.messageId()).receiptHandle(each.receiptHandle()).visibilityTimeout(60).build())
                .toList()));
            var removed = sqs.deleteMessageBatch(batch -> batch.queueUrl(work).entries(messages.stream()
                .map(each -> DeleteMessageBatchRequestEntry.builder()
                    .id(each.messageId()).receiptHandle(each.receiptHandle()).build())
                .toList()));
            equal(hidden.successful().size(), 2);
            equal(removed.successful().size(), 2);
            for (var failed : List.of(hidden.failed(), removed.failed())) {
                equal(failed.stream().map(entry -> entry.id() + " " + entry.code()).toList(),
                    List.of("bad ReceiptHandleIsInvalid"));
            }
        });

        step("what is refused is refused by its own exception", () -> {
            Consumer<List<SendMessageBatchRequestEntry>> batch =
                entries -> sqs.sendMessageBatch(request -> request.queueUrl(work).entries(entries));
            var entry = SendMessageBatchRequestEntry.builder().id("a").messageBody("x").build();
            refused(QueueDoesNotExistException.class, PREFIX + "NonExistentQueue", 400,
                () -> sqs.getQueueUrl(queue -> queue.queueName("java-nobody")));
            refused(ReceiptHandleIsInvalidException.class, "ReceiptHandleIsInvalid", 404,
                () -> remove(work, Message.builder().receiptHandle("garbage").build()));
            refused(EmptyBatchRequestException.class, PREFIX + "EmptyBatchRequest", 400, () -> batch.accept(List.of()));
            refused(TooManyEntriesInBatchRequestException.class, PREFIX + "TooManyEntriesInBatchRequest", 400,
                () -> batch.accept(
                    IntStream.range(0, 11).mapToObj(i -> entry.toBuilder().id("" + i).build()).toList()));
            refused(BatchEntryIdsNotDistinctException.class, PREFIX + "BatchEntryIdsNotDistinct", 400,
                () -> batch.accept(List.of(entry, entry)));
            refused(InvalidBatchEntryIdException.class, PREFIX + "InvalidBatchEntryId", 400,
                () -> batch.accept(List.of(entry.toBuilder().id("a b").build())));
            refused(BatchRequestTooLongException.class, PREFIX + "BatchRequestTooLong", 400,
                () -> batch.accept(List.of(entry.toBuilder().messageBody("x".repeat(1_048_577)).build())));
            refused(InvalidMessageContentsException.class, "InvalidMessageContents", 400, () -> send(work, ILLEGAL));
            refused(SqsException.class, "InvalidParameterValue", 400, () -> send(work, "x".repeat(1025)));
            refused(SqsException.class, "MissingParameter", 400, () -> send(work, ""));
            refused(InvalidAttributeNameException.class, "InvalidAttributeName", 400, () -> sqs.setQueueAttributes(
                queue -> queue.queueUrl(work).attributesWithStrings(Map.of("Colour", "red"))));
            refused(InvalidAttributeValueException.class, "InvalidAttributeValue", 400, () -> sqs.setQueueAttributes(
                queue -> queue.queueUrl(work).attributesWithStrings(Map.of("DelaySeconds", "901"))));
        });

        step("FIFO: sequence numbers grow, a duplicate is answered as the first", () -> {
            var settings = Map.of(
                "FifoQueue", "true",
                "ContentBasedDeduplication", "true",
                "DeduplicationScope", "messageGroup",
                "FifoThroughputLimit", "perMessageGroupId");
            fifo = create("java.fifo", settings);
            var found = attributesOf(fifo);
            settings.forEach((name, value) -> equal(found.get(name), value));
            var answers = List.of("a1", "a2", "a3").stream()
                .map(each -> sqs.sendMessage(request -> request.queueUrl(fifo).messageBody(each).messageGroupId("a")))
                .toList();
            var numbers = new ArrayList<>(answers.stream().map(SendMessageResponse::sequenceNumber).toList());
            sqs.sendMessageBatch(batch -> batch.queueUrl(fifo).entries(
                entry -> entry.id("b1").messageBody("b1").messageGroupId("b").messageDeduplicationId("id-of-b1"),
                entry -> entry.id("b2").messageBody("b2").messageGroupId("b").messageDeduplicationId("id-of-b2")))
                .successful().forEach(entry -> numbers.add(entry.sequenceNumber()));
            check(numbers.stream().allMatch(number -> number.matches("\\d{20}")), numbers + " have 20 digits");
            equal(numbers, numbers.stream().distinct().sorted().toList());
            var again = sqs.sendMessage(request -> request.queueUrl(fifo).messageBody("a1").messageGroupId("a"));
            equal(again.messageId(), answers.get(0).messageId());
            equal(again.sequenceNumber(), answers.get(0).sequenceNumber());
        });

        step("FIFO: a message in flight locks its group, the other goes on, in order", () -> {
            var orders = Map.of("a", List.of("a1", "a2", "a3"), "b", List.of("b1", "b2"));
            var first = one(receive(fifo));
            var group = said(first, MessageSystemAttributeName.MESSAGE_GROUP_ID);
            equal(first.body(), orders.get(group).get(0));
            check(said(first, MessageSystemAttributeName.SEQUENCE_NUMBER).matches("\\d{20}"), "it has its number");
            var hash = MessageDigest.getInstance("SHA-256").digest(first.body().getBytes());
            equal(said(first, MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID),
                group.equals("a") ? HexFormat.of().formatHex(hash) : "id-of-b1");
            var others = receive(fifo, request -> request.maxNumberOfMessages(10));
            equal(bodies(others), orders.get(group.equals("a") ? "b" : "a"));
            others.forEach(other -> remove(fifo, other));
            equal(receive(fifo), List.of());
            remove(fifo, first);
            var rest = receive(fifo, request -> request.maxNumberOfMessages(10));
            equal(bodies(rest), orders.get(group).subList(1, orders.get(group).size()));
            rest.forEach(other -> remove(fifo, other));
        });

        step("FIFO: a receive that is repeated answers the same handles", () -> {
            sqs.sendMessage(request -> request.queueUrl(fifo).messageBody("again").messageGroupId("c"));
            var one = one(receive(fifo, request -> request.receiveRequestAttemptId("attempt-1")));
            var two = one(receive(fifo, request -> request.receiveRequestAttemptId("attempt-1")));
            equal(two.receiptHandle(), one.receiptHandle());
            remove(fifo, two);
        });

        step("FIFO: what such a queue needs is demanded", () -> {
            refused(SqsException.class, "MissingParameter", 400, () -> send(fifo, "x"));
            refused(SqsException.class, "InvalidParameterValue", 400, () -> sqs.sendMessage(request ->
                request.queueUrl(fifo).messageBody("x").messageGroupId("a").delaySeconds(1)));
            refused(SqsException.class, "InvalidParameterValue", 400,
                () -> create("java-no-suffix", Map.of("FifoQueue", "true")));
        });

        var source = create("java-source", Map.of(
            "RedrivePolicy", "{\"deadLetterTargetArn\":\"%s\",\"maxReceiveCount\":1}".formatted(deadArn)));
        var sourceArn = arnOf(source);

        step("a message that was received too often is in the dead-letter queue", () -> {
            var id = send(source, "poison").messageId();
            var once = one(receive(source, request -> request.visibilityTimeout(0)));
            equal(said(once, MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT), "1");
            equal(receive(source), List.of());
            var moved = one(receive(dead, request -> request.visibilityTimeout(0).waitTimeSeconds(5)));
            equal(moved.messageId() + moved.body(), id + "poison");
            equal(said(moved, MessageSystemAttributeName.DEAD_LETTER_QUEUE_SOURCE_ARN), sourceArn);
            equal(said(moved, MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT), "2");
            equal(sqs.listDeadLetterSourceQueues(queue -> queue.queueUrl(dead)).queueUrls(), List.of(source));
        });

        step("a move task brings it back to where it came from", () -> {
            var handle = sqs.startMessageMoveTask(task -> task.sourceArn(deadArn)).taskHandle();
            check(!handle.isEmpty(), "the task has a handle");
            until("the task is done", () -> !newestTask(deadArn).status().equals("RUNNING"));
            var task = newestTask(deadArn);
            equal(task.status(), "COMPLETED");
            equal(task.sourceArn(), deadArn);
            equal(task.approximateNumberOfMessagesMoved(), 1L);
            equal(task.approximateNumberOfMessagesToMove(), 1L);
            check(task.taskHandle() == null && task.destinationArn() == null, "only a running task has a handle");
            var started = Instant.ofEpochMilli(task.startedTimestamp());
            check(Duration.between(started, Instant.now()).abs().toSeconds() < 60, "it started now");
            var back = one(receive(source, request -> request.waitTimeSeconds(5)));
            equal(back.body(), "poison");
            remove(source, back);
        });

        step("a move task is cancelled; what it cannot do is refused", () -> {
            for (var each : List.of("1", "2", "3")) send(dead, each);
            Consumer<StartMessageMoveTaskRequest.Builder> slow =
                task -> task.sourceArn(deadArn).destinationArn(arnOf(work)).maxNumberOfMessagesPerSecond(1);
            var handle = sqs.startMessageMoveTask(slow).taskHandle();
            var running = newestTask(deadArn);
            equal(running.status(), "RUNNING");
            equal(running.taskHandle(), handle);
            equal(running.maxNumberOfMessagesPerSecond(), 1);
            refused(SqsException.class, "InvalidParameterValue", 400, () -> sqs.startMessageMoveTask(slow));
            var cancelled = sqs.cancelMessageMoveTask(task -> task.taskHandle(handle));
            check(cancelled.approximateNumberOfMessagesMoved() < 3, "not everything was moved");
            until("it is cancelled", () -> newestTask(deadArn).status().equals("CANCELLED"));
            refused(ResourceNotFoundException.class, "ResourceNotFoundException", 404,
                () -> sqs.startMessageMoveTask(task -> task.sourceArn(deadArn + "-not")));
            var noDead = refused(SqsException.class, "InvalidParameterValue", 400,
                () -> sqs.startMessageMoveTask(task -> task.sourceArn(sourceArn)));
            equal(noDead.awsErrorDetails().errorMessage(), "Source queue must be configured as a Dead Letter Queue.");
        });

        step("a purge removes everything, once a minute", () -> {
            send(work, "visible");
            sqs.sendMessage(request -> request.queueUrl(work).messageBody("delayed").delaySeconds(60));
            sqs.purgeQueue(queue -> queue.queueUrl(work));
            var found = attributesOf(work);
            equal(found.get("ApproximateNumberOfMessages"), "0");
            equal(found.get("ApproximateNumberOfMessagesDelayed"), "0");
            refused(PurgeQueueInProgressException.class, PREFIX + "PurgeQueueInProgress", 403,
                () -> sqs.purgeQueue(queue -> queue.queueUrl(work)));
        });

        step("a deleted queue is gone, and its name is not free for a minute", () -> {
            for (var url : List.of(every, work, fifo, source, dead)) sqs.deleteQueue(queue -> queue.queueUrl(url));
            refused(QueueDoesNotExistException.class, PREFIX + "NonExistentQueue", 400, () -> send(work, "x"));
            refused(QueueDeletedRecentlyException.class, PREFIX + "QueueDeletedRecently", 400,
                () -> create("java-work", Map.of()));
        });
    }
}
