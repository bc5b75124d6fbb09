// The AWS SDK for Go v2. It checks the digests of bodies itself, when it sends and when it receives.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

const (
	trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	// Digests of the attributes that are sent here, as AWS documents their making.
	attributesMD5 = "2ad4da5f1aa9afcd66edbaf2b936de78"
	traceMD5      = "5ae4d5d7636402d80f4eb6d213245a88"
	illegal       = "a control character: \u0001"
	prefix        = "AWS.SimpleQueueService."
)

var (
	ctx     = context.Background()
	client  *sqs.Client
	binary  = []byte{0, 1, 127, 128, 255}
	current string
)

// step says that what it runs has passed. A check that fails ends the program.
func step(name string, run func()) {
	current = name
	run()
	fmt.Println("ok", name)
}

func fail(format string, values ...any) {
	panic(fmt.Sprintf(format, values...))
}

// must answers the output of a call that has to succeed.
func must[T any](output T, err error) T {
	if err != nil {
		panic(err)
	}
	return output
}

func equal[T any](found, expected T) {
	if !reflect.DeepEqual(found, expected) {
		fail("%#v is not %#v", found, expected)
	}
}

func check(condition bool, what string) {
	if !condition {
		fail("not so: %s", what)
	}
}

// refused demands an exception of the type E, unless that is error itself, and the code of the Query protocol.
func refused[E error](err error, code string, status int) string {
	var typed E
	var failure smithy.APIError
	var response *awshttp.ResponseError
	check(err != nil, "refused with "+code)
	check(errors.As(err, &typed), fmt.Sprintf("%v is a %T", err, typed))
	check(errors.As(err, &failure) && errors.As(err, &response), "an answer of SQS: "+err.Error())
	equal(failure.ErrorCode(), code)
	equal(response.HTTPStatusCode(), status)
	return failure.ErrorMessage()
}

func until(what string, probe func() bool) {
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if probe() {
			return
		}
	}
	fail("waited 15 s in vain until %s", what)
}

func marshal(value any) string {
	return string(must(json.Marshal(value)))
}

func create(name string, attributes map[string]string) (string, error) {
	output, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		return "", err
	}
	return *output.QueueUrl, nil
}

func attributesOf(url string) map[string]string {
	return must(client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       &url,
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})).Attributes
}

func arnOf(url string) string { return attributesOf(url)["QueueArn"] }

func send(url, body string) *sqs.SendMessageOutput {
	return must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}))
}

func receive(url string, options ...func(*sqs.ReceiveMessageInput)) []types.Message {
	input := sqs.ReceiveMessageInput{
		QueueUrl:                    &url,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		MessageAttributeNames:       []string{"All"},
	}
	for _, option := range options {
		option(&input)
	}
	return must(client.ReceiveMessage(ctx, &input)).Messages
}

func ten(input *sqs.ReceiveMessageInput)      { input.MaxNumberOfMessages = 10 }
func long(input *sqs.ReceiveMessageInput)     { input.WaitTimeSeconds = 20 }
func prefixed(input *sqs.ReceiveMessageInput) { input.MessageAttributeNames = []string{"Te.*"} }
func again(input *sqs.ReceiveMessageInput)    { input.ReceiveRequestAttemptId = aws.String("attempt-1") }

// The SDK leaves a zero out, so a message that is to stay visible is released at once.
func glance(url string) types.Message {
	message := one(receive(url, long))
	hide(url, message, 0)
	return message
}

func one(messages []types.Message) types.Message {
	equal(len(messages), 1)
	return messages[0]
}

func bodiesOf(messages []types.Message) []string {
	bodies := []string{}
	for _, message := range messages {
		bodies = append(bodies, *message.Body)
	}
	return bodies
}

func remove(url string, messages ...types.Message) {
	for _, message := range messages {
		must(client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: message.ReceiptHandle}))
	}
}

func hide(url string, message types.Message, seconds int32) {
	must(client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &url, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: seconds,
	}))
}

func newestTask(arn string) types.ListMessageMoveTasksResultEntry {
	tasks := must(client.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &arn})).Results
	equal(len(tasks), 1)
	return tasks[0]
}

func main() {
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Fprintf(os.Stderr, "failed: %s\n%v\n%s", current, problem, debug.Stack())
			os.Exit(1)
		}
	}()
	// A refusal that is repeated would be answered the same; what fails is to be seen at once.
	client = sqs.NewFromConfig(must(config.LoadDefaultConfig(ctx, config.WithRetryMaxAttempts(1))))

	dead := must(create("go-dead", nil))
	deadArn := arnOf(dead)
	var every string

	step("a queue with every attribute and tags is read back", func() {
		settings := map[string]string{
			"DelaySeconds":                  "5",
			"MaximumMessageSize":            "2048",
			"MessageRetentionPeriod":        "3600",
			"ReceiveMessageWaitTimeSeconds": "3",
			"VisibilityTimeout":             "45",
			"SqsManagedSseEnabled":          "false",
			"RedrivePolicy":                 marshal(map[string]any{"deadLetterTargetArn": deadArn, "maxReceiveCount": 3}),
			"RedriveAllowPolicy":            marshal(map[string]any{"redrivePermission": "denyAll"}),
			"Policy": marshal(map[string]any{
				"Version": "2012-10-17",
				"Id":      "team",
				"Statement": []any{map[string]any{
					"Sid":       "send",
					"Effect":    "Allow",
					"Principal": map[string]string{"AWS": "arn:aws:iam::111122223333:root"},
					"Action":    "SQS:SendMessage",
					"Resource":  strings.Replace(deadArn, "go-dead", "go-every", 1),
				}},
			}),
		}
		tags := map[string]string{"team": "ältere", "empty": ""}
		every = *must(client.CreateQueue(ctx, &sqs.CreateQueueInput{
			QueueName: aws.String("go-every"), Attributes: settings, Tags: tags,
		})).QueueUrl
		found := attributesOf(every)
		for name, value := range settings {
			equal(found[name], value)
		}
		check(strings.HasSuffix(found["QueueArn"], ":go-every"), "the ARN ends with the name")
		created := must(strconv.ParseInt(found["CreatedTimestamp"], 10, 64))
		check(time.Since(time.Unix(created, 0)).Abs() < time.Minute, "it was created now")
		equal(must(client.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &every})).Tags, tags)
	})

	step("an equal queue is the same one, a different one QueueNameExists", func() {
		equal(must(create("go-every", map[string]string{"DelaySeconds": "5"})), every)
		_, err := create("go-every", map[string]string{"DelaySeconds": "6"})
		refused[*types.QueueNameExists](err, "QueueAlreadyExists", 400)
	})

	step("attributes are set; a KMS key turns the encryption by SQS off", func() {
		set := func(attributes map[string]string) map[string]string {
			must(client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &every, Attributes: attributes}))
			return attributesOf(every)
		}
		found := set(map[string]string{
			"SqsManagedSseEnabled": "true", "Policy": "", "RedrivePolicy": "", "VisibilityTimeout": "46",
		})
		equal(found["SqsManagedSseEnabled"], "true")
		equal(found["VisibilityTimeout"], "46")
		equal(found["Policy"]+found["RedrivePolicy"], "")
		found = set(map[string]string{"KmsMasterKeyId": "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds": "600"})
		equal(found["SqsManagedSseEnabled"], "false")
		equal(found["KmsMasterKeyId"], "alias/aws/sqs")
		equal(found["KmsDataKeyReusePeriodSeconds"], "600")
	})

	step("queues are found by name, by prefix, page by page", func() {
		equal(*must(client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("go-every")})).QueueUrl, every)
		pages := sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{
			QueueNamePrefix: aws.String("go-"), MaxResults: aws.Int32(1),
		})
		var urls []string
		count := 0
		for ; pages.HasMorePages(); count++ {
			urls = append(urls, must(pages.NextPage(ctx)).QueueUrls...)
		}
		slices.Sort(urls)
		equal(urls, []string{dead, every})
		check(count >= 2, "there are two pages")
	})

	step("tags are added, replaced and removed", func() {
		tags := map[string]string{"team": "new", "stage": "test"}
		must(client.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &every, Tags: tags}))
		must(client.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: &every, TagKeys: []string{"empty", "unknown"}}))
		equal(must(client.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &every})).Tags, tags)
	})

	work := must(create("go-work", map[string]string{"MaximumMessageSize": "1024"}))

	step("a permission becomes a statement of the policy and goes again", func() {
		must(client.AddPermission(ctx, &sqs.AddPermissionInput{
			QueueUrl:      &work,
			Label:         aws.String("neighbours"),
			AWSAccountIds: []string{"111122223333"},
			Actions:       []string{"SendMessage", "ReceiveMessage"},
		}))
		var policy struct {
			Statement []struct {
				Sid       string
				Principal struct{ AWS string }
				Action    []string
			}
		}
		check(json.Unmarshal([]byte(attributesOf(work)["Policy"]), &policy) == nil, "the policy is JSON")
		equal(policy.Statement[0].Sid, "neighbours")
		equal(policy.Statement[0].Principal.AWS, "arn:aws:iam::111122223333:root")
		equal(policy.Statement[0].Action, []string{"SQS:SendMessage", "SQS:ReceiveMessage"})
		must(client.RemovePermission(ctx, &sqs.RemovePermissionInput{QueueUrl: &work, Label: aws.String("neighbours")}))
		_, has := attributesOf(work)["Policy"]
		check(!has, "the policy is gone")
	})

	body := "Grüße 🚀 & <b>\"quotes\"</b>\r\n\ttab"
	attributes := map[string]types.MessageAttributeValue{
		"Text":  {DataType: aws.String("String"), StringValue: aws.String("Grüße")},
		"Count": {DataType: aws.String("Number.int"), StringValue: aws.String("42")},
		"Bytes": {DataType: aws.String("Binary"), BinaryValue: binary},
	}
	var sent *sqs.SendMessageOutput

	step("a message is sent with attributes of each type and a trace header", func() {
		sent = must(client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl:          &work,
			MessageBody:       &body,
			MessageAttributes: attributes,
			MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
				"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String(trace)},
			},
		}))
		equal(*sent.MD5OfMessageAttributes, attributesMD5)
		equal(*sent.MD5OfMessageSystemAttributes, traceMD5)
		check(sent.SequenceNumber == nil, "a standard queue has no sequence numbers")
	})

	var message types.Message

	step("it is received byte by byte, with everything that SQS says of it", func() {
		message = one(receive(work))
		equal(*message.MessageId, *sent.MessageId)
		equal(*message.Body, body)
		equal(*message.MD5OfMessageAttributes, attributesMD5)
		equal(len(message.MessageAttributes), 3)
		equal(*message.MessageAttributes["Text"].StringValue, "Grüße")
		equal(*message.MessageAttributes["Count"].DataType, "Number.int")
		check(bytes.Equal(message.MessageAttributes["Bytes"].BinaryValue, binary), "the bytes are the same")
		equal(message.Attributes["ApproximateReceiveCount"], "1")
		equal(message.Attributes["AWSTraceHeader"], trace)
		check(message.Attributes["SenderId"] != "", "there is a sender")
		check(message.Attributes["ApproximateFirstReceiveTimestamp"] >= message.Attributes["SentTimestamp"], "in order")
	})

	step("its invisibility is extended and ended; attributes are chosen by prefix", func() {
		hide(work, message, 1)
		hide(work, message, 60)
		equal(len(receive(work, func(input *sqs.ReceiveMessageInput) { input.WaitTimeSeconds = 2 })), 0)
		hide(work, message, 0)
		message = one(receive(work, prefixed))
		equal(message.Attributes["ApproximateReceiveCount"], "2")
		equal(len(message.MessageAttributes), 1)
	})

	step("it is deleted, once and again", func() {
		remove(work, message, message)
		found := attributesOf(work)
		equal(found["ApproximateNumberOfMessages"]+found["ApproximateNumberOfMessagesNotVisible"], "00")
	})

	step("a delayed message wakes a long poll when it is due", func() {
		must(client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: &work, MessageBody: aws.String("later"), DelaySeconds: 2,
		}))
		equal(len(receive(work)), 0)
		begin := time.Now()
		late := one(receive(work, long))
		equal(*late.Body, "later")
		check(time.Since(begin) < 10*time.Second, "it came early")
		remove(work, late)
	})

	step("of a batch, the entries that SQS refuses fail alone", func() {
		output := must(client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
			QueueUrl: &work,
			Entries: []types.SendMessageBatchRequestEntry{
				{Id: aws.String("good"), MessageBody: aws.String("good"), MessageAttributes: attributes},
				{Id: aws.String("illegal"), MessageBody: aws.String(illegal)},
				{Id: aws.String("large"), MessageBody: aws.String(strings.Repeat("x", 1025))},
				{Id: aws.String("limit"), MessageBody: aws.String(strings.Repeat("x", 1024))},
			},
		}))
		equal(len(output.Successful), 2)
		equal(*output.Successful[0].MD5OfMessageAttributes, attributesMD5)
		var failures []string
		for _, entry := range output.Failed {
			failures = append(failures, fmt.Sprint(*entry.Id, " ", *entry.Code, " ", entry.SenderFault))
		}
		equal(failures, []string{"illegal InvalidMessageContents true", "large InvalidParameterValue true"})
	})

	step("visibility is changed and messages are deleted in batches", func() {
		var hides []types.ChangeMessageVisibilityBatchRequestEntry
		var removes []types.DeleteMessageBatchRequestEntry
		garbage := types.Message{MessageId: aws.String("bad"), ReceiptHandle: aws.String("garbage")}
		for _, each := range append(receive(work, ten), garbage) {
			hides = append(hides, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: each.MessageId, ReceiptHandle: each.ReceiptHandle, VisibilityTimeout: 60,
			})
			removes = append(removes, types.DeleteMessageBatchRequestEntry{
				Id: each.MessageId, ReceiptHandle: each.ReceiptHandle,
			})
		}
		hidden := must(client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
			QueueUrl: &work, Entries: hides,
		}))
		removed := must(client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &work, Entries: removes}))
		equal(len(hidden.Successful), 2)
		equal(len(removed.Successful), 2)
		for _, failed := range [][]types.BatchResultErrorEntry{hidden.Failed, removed.Failed} {
			equal(len(failed), 1)
			equal(*failed[0].Id+" "+*failed[0].Code, "bad ReceiptHandleIsInvalid")
		}
	})

	step("what is refused is refused by its own exception", func() {
		batch := func(entries ...types.SendMessageBatchRequestEntry) error {
			for i := range entries {
				if entries[i].MessageBody == nil {
					entries[i].MessageBody = aws.String("x")
				}
			}
			input := sqs.SendMessageBatchInput{QueueUrl: &work, Entries: entries}
			if entries == nil {
				input.Entries = []types.SendMessageBatchRequestEntry{}
			}
			_, err := client.SendMessageBatch(ctx, &input)
			return err
		}
		entry := func(id string) types.SendMessageBatchRequestEntry {
			return types.SendMessageBatchRequestEntry{Id: &id}
		}
		_, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("go-nobody")})
		refused[*types.QueueDoesNotExist](err, prefix+"NonExistentQueue", 400)
		_, err = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &work, ReceiptHandle: aws.String("garbage")})
		refused[*types.ReceiptHandleIsInvalid](err, "ReceiptHandleIsInvalid", 404)
		refused[*types.EmptyBatchRequest](batch(), prefix+"EmptyBatchRequest", 400)
		var eleven []types.SendMessageBatchRequestEntry
		for i := range 11 {
			eleven = append(eleven, entry(strconv.Itoa(i)))
		}
		refused[*types.TooManyEntriesInBatchRequest](batch(eleven...), prefix+"TooManyEntriesInBatchRequest", 400)
		refused[*types.BatchEntryIdsNotDistinct](batch(entry("a"), entry("a")), prefix+"BatchEntryIdsNotDistinct", 400)
		refused[*types.InvalidBatchEntryId](batch(entry("a b")), prefix+"InvalidBatchEntryId", 400)
		huge := types.SendMessageBatchRequestEntry{
			Id: aws.String("a"), MessageBody: aws.String(strings.Repeat("x", 1_048_577)),
		}
		refused[*types.BatchRequestTooLong](batch(huge), prefix+"BatchRequestTooLong", 400)
		sending := func(body string) error {
			_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &work, MessageBody: &body})
			return err
		}
		refused[*types.InvalidMessageContents](sending(illegal), "InvalidMessageContents", 400)
		refused[error](sending(strings.Repeat("x", 1025)), "InvalidParameterValue", 400)
		refused[error](sending(""), "MissingParameter", 400)
		setting := func(name, value string) error {
			_, err := client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
				QueueUrl: &work, Attributes: map[string]string{name: value},
			})
			return err
		}
		refused[*types.InvalidAttributeName](setting("Colour", "red"), "InvalidAttributeName", 400)
		refused[*types.InvalidAttributeValue](setting("DelaySeconds", "901"), "InvalidAttributeValue", 400)
	})

	var fifo string
	sending := func(group, body string) *sqs.SendMessageOutput {
		return must(client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: &fifo, MessageBody: &body, MessageGroupId: &group,
		}))
	}

	step("FIFO: sequence numbers grow, a duplicate is answered as the first", func() {
		settings := map[string]string{
			"FifoQueue":                 "true",
			"ContentBasedDeduplication": "true",
			"DeduplicationScope":        "messageGroup",
			"FifoThroughputLimit":       "perMessageGroupId",
		}
		fifo = must(create("go.fifo", settings))
		found := attributesOf(fifo)
		for name, value := range settings {
			equal(found[name], value)
		}
		first := sending("a", "a1")
		numbers := []string{*first.SequenceNumber}
		for _, body := range []string{"a2", "a3"} {
			numbers = append(numbers, *sending("a", body).SequenceNumber)
		}
		var entries []types.SendMessageBatchRequestEntry
		for _, body := range []string{"b1", "b2"} {
			entries = append(entries, types.SendMessageBatchRequestEntry{
				Id: aws.String(body), MessageBody: aws.String(body),
				MessageGroupId: aws.String("b"), MessageDeduplicationId: aws.String("id-of-" + body),
			})
		}
		batch := must(client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &fifo, Entries: entries}))
		for _, entry := range batch.Successful {
			numbers = append(numbers, *entry.SequenceNumber)
		}
		equal(len(numbers), 5)
		for i, number := range numbers {
			check(regexp.MustCompile(`^\d{20}$`).MatchString(number), number+" has 20 digits")
			check(i == 0 || number > numbers[i-1], number+" is greater than the one before")
		}
		duplicate := sending("a", "a1")
		equal(*duplicate.MessageId, *first.MessageId)
		equal(*duplicate.SequenceNumber, *first.SequenceNumber)
	})

	step("FIFO: a message in flight locks its group, the other goes on, in order", func() {
		orders := map[string][]string{"a": {"a1", "a2", "a3"}, "b": {"b1", "b2"}}
		ids := map[string]string{"a": fmt.Sprintf("%x", sha256.Sum256([]byte("a1"))), "b": "id-of-b1"}
		opposite := map[string]string{"a": "b", "b": "a"}
		first := one(receive(fifo))
		group := first.Attributes["MessageGroupId"]
		equal(*first.Body, orders[group][0])
		equal(len(first.Attributes["SequenceNumber"]), 20)
		equal(first.Attributes["MessageDeduplicationId"], ids[group])
		others := receive(fifo, ten)
		equal(bodiesOf(others), orders[opposite[group]])
		remove(fifo, others...)
		equal(len(receive(fifo)), 0)
		remove(fifo, first)
		rest := receive(fifo, ten)
		equal(bodiesOf(rest), orders[group][1:])
		remove(fifo, rest...)
	})

	step("FIFO: a receive that is repeated answers the same handles", func() {
		sending("c", "again")
		first := one(receive(fifo, again))
		second := one(receive(fifo, again))
		equal(*second.ReceiptHandle, *first.ReceiptHandle)
		remove(fifo, second)
	})

	step("FIFO: what such a queue needs is demanded", func() {
		input := sqs.SendMessageInput{QueueUrl: &fifo, MessageBody: aws.String("x")}
		_, err := client.SendMessage(ctx, &input)
		refused[error](err, "MissingParameter", 400)
		input.MessageGroupId, input.DelaySeconds = aws.String("a"), 1
		_, err = client.SendMessage(ctx, &input)
		refused[error](err, "InvalidParameterValue", 400)
		_, err = create("go-no-suffix", map[string]string{"FifoQueue": "true"})
		refused[error](err, "InvalidParameterValue", 400)
	})

	redrive := map[string]string{
		"RedrivePolicy": marshal(map[string]any{"deadLetterTargetArn": deadArn, "maxReceiveCount": 1}),
	}
	source := must(create("go-source", redrive))
	sourceArn := arnOf(source)

	step("a message that was received too often is in the dead-letter queue", func() {
		id := *send(source, "poison").MessageId
		equal(glance(source).Attributes["ApproximateReceiveCount"], "1")
		equal(len(receive(source)), 0)
		moved := glance(dead)
		equal(*moved.MessageId, id)
		equal(*moved.Body, "poison")
		equal(moved.Attributes["DeadLetterQueueSourceArn"], sourceArn)
		equal(moved.Attributes["ApproximateReceiveCount"], "2")
		sources := must(client.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &dead}))
		equal(sources.QueueUrls, []string{source})
	})

	step("a move task brings it back to where it came from", func() {
		started := must(client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &deadArn}))
		check(*started.TaskHandle != "", "the task has a handle")
		until("the task is done", func() bool { return *newestTask(deadArn).Status != "RUNNING" })
		task := newestTask(deadArn)
		equal(*task.Status, "COMPLETED")
		equal(*task.SourceArn, deadArn)
		equal(task.ApproximateNumberOfMessagesMoved, 1)
		equal(*task.ApproximateNumberOfMessagesToMove, 1)
		check(task.TaskHandle == nil && task.DestinationArn == nil, "only a running task has a handle")
		check(time.Since(time.UnixMilli(task.StartedTimestamp)).Abs() < time.Minute, "it started now")
		back := one(receive(source, long))
		equal(*back.Body, "poison")
		remove(source, back)
	})

	step("a move task is cancelled; what it cannot do is refused", func() {
		for _, body := range []string{"1", "2", "3"} {
			send(dead, body)
		}
		slow := &sqs.StartMessageMoveTaskInput{
			SourceArn: &deadArn, DestinationArn: aws.String(arnOf(work)), MaxNumberOfMessagesPerSecond: aws.Int32(1),
		}
		handle := must(client.StartMessageMoveTask(ctx, slow)).TaskHandle
		running := newestTask(deadArn)
		equal(*running.Status, "RUNNING")
		equal(*running.TaskHandle, *handle)
		equal(*running.MaxNumberOfMessagesPerSecond, 1)
		_, err := client.StartMessageMoveTask(ctx, slow)
		refused[error](err, "InvalidParameterValue", 400)
		cancelled := must(client.CancelMessageMoveTask(ctx, &sqs.CancelMessageMoveTaskInput{TaskHandle: handle}))
		check(cancelled.ApproximateNumberOfMessagesMoved < 3, "not everything was moved")
		until("it is cancelled", func() bool { return *newestTask(deadArn).Status == "CANCELLED" })
		start := func(arn string) error {
			_, err := client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &arn})
			return err
		}
		refused[*types.ResourceNotFoundException](start(deadArn+"-not"), "ResourceNotFoundException", 404)
		text := refused[error](start(sourceArn), "InvalidParameterValue", 400)
		equal(text, "Source queue must be configured as a Dead Letter Queue.")
	})

	step("a purge removes everything, once a minute", func() {
		send(work, "visible")
		must(client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: &work, MessageBody: aws.String("delayed"), DelaySeconds: 60,
		}))
		must(client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &work}))
		found := attributesOf(work)
		equal(found["ApproximateNumberOfMessages"]+found["ApproximateNumberOfMessagesDelayed"], "00")
		_, err := client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &work})
		refused[*types.PurgeQueueInProgress](err, prefix+"PurgeQueueInProgress", 403)
	})

	step("a deleted queue is gone, and its name is not free for a minute", func() {
		for _, url := range []string{every, work, fifo, source, dead} {
			must(client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url}))
		}
		_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &work, MessageBody: aws.String("x")})
		refused[*types.QueueDoesNotExist](err, prefix+"NonExistentQueue", 400)
		_, err = create("go-work", nil)
		refused[*types.QueueDeletedRecently](err, prefix+"QueueDeletedRecently", 400)
	})
}
