#!/usr/bin/env bash
# The AWS CLI v1: what a person types, and what a script reads.
set -Eeuo pipefail

TRACE='Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'
ILLEGAL=$'a control character: \x01'
PREFIX=AWS.SimpleQueueService.
current=
trap 'echo "  line $LINENO: $BASH_COMMAND" >&2' ERR
trap '(($? == 0)) || echo "failed: $current" >&2' EXIT

step() {
  current=$1
  "$2"
  echo "ok $1"
}

equal() {
  [[ $1 == "$2" ]] || { printf '%q is not %q\n' "$1" "$2" >&2; return 1; }
}

# For SQS the CLI overlooks AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL.
sqs() {
  aws sqs --endpoint-url "$AWS_ENDPOINT_URL_SQS" "$@"
}

# value <JMESPath> <command …>: what the command answers there, `None` for nothing.
value() {
  sqs "${@:2}" --query "$1" --output text
}

# refused <code> <command …>: the command is refused with this error code.
refused() {
  local said
  if said=$(sqs "${@:2}" 2>&1); then
    echo "not refused: $1" >&2
    return 1
  fi
  [[ $said == *"An error occurred ($1) when calling"* ]] || { echo "not $1: $said" >&2; return 1; }
}

create() {
  value QueueUrl create-queue --queue-name "$1" --attributes "${2:-{\}}"
}

attribute() {
  value "Attributes.$2" get-queue-attributes --queue-url "$1" --attribute-names All
}

# receive <JMESPath> <queue> <options …>
receive() {
  value "$1" receive-message --queue-url "$2" --message-system-attribute-names All \
    --message-attribute-names All "${@:3}"
}

remove() {
  sqs delete-message --queue-url "$1" --receipt-handle "$2"
}

# eventually <value> <command …>: the command answers it within some seconds.
eventually() {
  local i
  for ((i = 0; i < 30; i++)); do
    [[ $("${@:2}") != "$1" ]] || return 0
    sleep 0.2
  done
  echo "not $1 in time: ${*:2}" >&2
  return 1
}

x() {
  printf 'x%.0s' $(seq "$1")
}

DEAD=$(create cli-dead)
DEAD_ARN=$(attribute "$DEAD" QueueArn)

every_attribute() {
  cat >every.json <<JSON
{
  "DelaySeconds": "5",
  "MaximumMessageSize": "2048",
  "MessageRetentionPeriod": "3600",
  "ReceiveMessageWaitTimeSeconds": "3",
  "VisibilityTimeout": "45",
  "SqsManagedSseEnabled": "false",
  "RedrivePolicy": "{\"deadLetterTargetArn\":\"$DEAD_ARN\",\"maxReceiveCount\":3}",
  "RedriveAllowPolicy": "{\"redrivePermission\":\"denyAll\"}",
  "Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"SQS:*\",\"Resource\":\"*\"}]}"
}
JSON
  EVERY=$(value QueueUrl create-queue --queue-name cli-every --attributes file://every.json --tags team=ältere,empty=)
  sqs get-queue-attributes --queue-url "$EVERY" --attribute-names All --output json >found.json
  local line
  while read -r line; do
    [[ $line != \"* ]] || grep -qF "${line%,}" found.json || { echo "$line is not in $(cat found.json)" >&2; return 1; }
  done <every.json
  equal "$(value '[Tags.team, Tags.empty]' list-queue-tags --queue-url "$EVERY")" $'ältere\t'
}

an_equal_queue() {
  equal "$(create cli-every '{"DelaySeconds":"5"}')" "$EVERY"
  refused QueueAlreadyExists create-queue --queue-name cli-every --attributes DelaySeconds=6
}

set_attributes() {
  sqs set-queue-attributes --queue-url "$EVERY" \
    --attributes KmsMasterKeyId=alias/aws/sqs,VisibilityTimeout=46,RedrivePolicy=
  equal "$(attribute "$EVERY" '[KmsMasterKeyId, SqsManagedSseEnabled, VisibilityTimeout, RedrivePolicy]')" \
    $'alias/aws/sqs\tfalse\t46\tNone'
}

find_queues() {
  equal "$(value QueueUrl get-queue-url --queue-name cli-every)" "$EVERY"
  # The CLI goes from page to page by itself, with a line for each.
  equal "$(value QueueUrls list-queues --queue-name-prefix cli- --page-size 1 | sort)" "$DEAD"$'\n'"$EVERY"
}

tags() {
  sqs tag-queue --queue-url "$EVERY" --tags team=new,stage=test
  sqs untag-queue --queue-url "$EVERY" --tag-keys empty unknown
  equal "$(value '[Tags.team, Tags.stage, Tags.empty]' list-queue-tags --queue-url "$EVERY")" $'new\ttest\tNone'
}

permissions() {
  WORK=$(create cli-work '{"MaximumMessageSize":"1024"}')
  sqs add-permission --queue-url "$WORK" --label neighbours --aws-account-ids 111122223333 --actions SendMessage
  [[ $(attribute "$WORK" Policy) == *'"Sid":"neighbours"'*'"Action":"SQS:SendMessage"'* ]]
  sqs remove-permission --queue-url "$WORK" --label neighbours
  equal "$(attribute "$WORK" Policy)" None
}

BODY=$'Grüße 🚀 & <b>"quotes"</b>\n\ttab'

send_with_attributes() {
  # Version 1 of the CLI takes binary values as they are and shows them in base64.
  cat >attributes.json <<'JSON'
{
  "Text": { "DataType": "String", "StringValue": "Grüße" },
  "Count": { "DataType": "Number.int", "StringValue": "42" },
  "Bytes": { "DataType": "Binary", "BinaryValue": "\u0000\u0001\u007f" }
}
JSON
  local digests body_digest
  body_digest=$(printf %s "$BODY" | md5sum | cut -c1-32)
  digests=$(value '[MD5OfMessageBody, MD5OfMessageAttributes, MD5OfMessageSystemAttributes]' send-message \
    --queue-url "$WORK" --message-body "$BODY" --message-attributes file://attributes.json \
    --message-system-attributes "AWSTraceHeader={DataType=String,StringValue=$TRACE}")
  # The digests of the attributes as AWS documents their making.
  equal "$digests" "$body_digest"$'\tfbcb930de2d02d3d48bad944b7e0a0bb\t5ae4d5d7636402d80f4eb6d213245a88'
}

receive_it() {
  sqs receive-message --queue-url "$WORK" --message-system-attribute-names All --message-attribute-names All \
    --output json >message.json
  local expected
  for expected in 'Grüße 🚀 & <b>\"quotes\"</b>\n\ttab' '"StringValue": "42"' '"DataType": "Number.int"' \
    '"BinaryValue": "AAF/"' '"ApproximateReceiveCount": "1"' "\"AWSTraceHeader\": \"$TRACE\"" '"SenderId": "'; do
    grep -qF -- "$expected" message.json || { echo "$expected is not in $(cat message.json)" >&2; return 1; }
  done
  HANDLE=$(grep -oP '"ReceiptHandle": "\K[^"]+' message.json)
}

visibility() {
  local seconds count
  for seconds in 1 60; do
    sqs change-message-visibility --queue-url "$WORK" --receipt-handle "$HANDLE" --visibility-timeout $seconds
  done
  equal "$(receive Messages "$WORK" --wait-time-seconds 2)" None
  sqs change-message-visibility --queue-url "$WORK" --receipt-handle "$HANDLE" --visibility-timeout 0
  read -r count HANDLE < <(receive 'Messages[0].[Attributes.ApproximateReceiveCount, ReceiptHandle]' "$WORK")
  equal "$count" 2
}

delete_it() {
  remove "$WORK" "$HANDLE"
  remove "$WORK" "$HANDLE"
  local counts='[ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible]'
  equal "$(attribute "$WORK" "$counts")" $'0\t0'
}

send_a_batch() {
  cat >batch.json <<JSON
[
  { "Id": "good", "MessageBody": "good" },
  { "Id": "illegal", "MessageBody": "\u0001" },
  { "Id": "large", "MessageBody": "$(x 1025)" },
  { "Id": "limit", "MessageBody": "$(x 1024)" }
]
JSON
  local entries='[Successful[].Id, Failed[].Id, Failed[].Code, Failed[].SenderFault]'
  equal "$(value "$entries" send-message-batch --queue-url "$WORK" --entries file://batch.json)" \
    $'good\tlimit\nillegal\tlarge\nInvalidMessageContents\tInvalidParameterValue\nTrue\tTrue'
}

batches_of_handles() {
  local handles
  read -r -a handles < <(receive 'Messages[].ReceiptHandle' "$WORK" --max-number-of-messages 10)
  equal "${#handles[@]}" 2
  local both=("Id=0,ReceiptHandle=${handles[0]}" "Id=1,ReceiptHandle=${handles[1]}" Id=bad,ReceiptHandle=garbage)
  local entries='[Successful[].Id, Failed[].Id, Failed[].Code]' expected=$'0\t1\nbad\nReceiptHandleIsInvalid'
  equal "$(value "$entries" change-message-visibility-batch --queue-url "$WORK" \
    --entries "${both[@]/%/,VisibilityTimeout=60}")" "$expected"
  equal "$(value "$entries" delete-message-batch --queue-url "$WORK" --entries "${both[@]}")" "$expected"
}

refusals() {
  refused ${PREFIX}NonExistentQueue get-queue-url --queue-name cli-nobody
  refused ReceiptHandleIsInvalid delete-message --queue-url "$WORK" --receipt-handle garbage
  refused ${PREFIX}EmptyBatchRequest send-message-batch --queue-url "$WORK" --entries '[]'
  local entry=Id=a,MessageBody=x
  refused ${PREFIX}BatchEntryIdsNotDistinct send-message-batch --queue-url "$WORK" --entries $entry $entry
  refused InvalidMessageContents send-message --queue-url "$WORK" --message-body "$ILLEGAL"
  refused InvalidParameterValue send-message --queue-url "$WORK" --message-body "$(x 1025)"
  refused InvalidAttributeName set-queue-attributes --queue-url "$WORK" --attributes Colour=red
}

fifo_numbers() {
  FIFO=$(create cli.fifo '{"FifoQueue":"true","ContentBasedDeduplication":"true"}')
  equal "$(attribute "$FIFO" '[FifoQueue, ContentBasedDeduplication, DeduplicationScope, FifoThroughputLimit]')" \
    $'true\ttrue\tqueue\tperQueue'
  local send=('[MessageId, SequenceNumber]' send-message --queue-url "$FIFO" --message-group-id g --message-body)
  local first second
  first=$(value "${send[@]}" one)
  second=$(value "${send[@]}" two)
  [[ $first =~ ^[0-9a-f-]{36}$'\t'[0-9]{20}$ ]]
  [[ ${second#*$'\t'} > ${first#*$'\t'} ]]
  equal "$(value "${send[@]}" one)" "$first"
}

fifo_groups() {
  local one two group
  local said='Messages[0].[Body, Attributes.MessageGroupId, ReceiptHandle]'
  read -r one group HANDLE < <(receive "$said" "$FIFO")
  equal "$one $group" 'one g'
  equal "$(receive Messages "$FIFO")" None
  remove "$FIFO" "$HANDLE"
  read -r two group HANDLE < <(receive "$said" "$FIFO")
  equal "$two $group" 'two g'
  remove "$FIFO" "$HANDLE"
  refused MissingParameter send-message --queue-url "$FIFO" --message-body x
}

dead_letters() {
  cat >source.json <<JSON
{ "RedrivePolicy": "{\"deadLetterTargetArn\":\"$DEAD_ARN\",\"maxReceiveCount\":1}" }
JSON
  SOURCE=$(create cli-source file://source.json)
  local id arn
  arn=$(attribute "$SOURCE" QueueArn)
  id=$(value MessageId send-message --queue-url "$SOURCE" --message-body poison)
  local said='Messages[0].[MessageId, Attributes.ApproximateReceiveCount, Attributes.DeadLetterQueueSourceArn]'
  equal "$(receive "$said" "$SOURCE" --visibility-timeout 0)" "$id"$'\t1\tNone'
  equal "$(receive Messages "$SOURCE")" None
  equal "$(receive "$said" "$DEAD" --visibility-timeout 0 --wait-time-seconds 5)" "$id"$'\t2\t'"$arn"
  equal "$(value queueUrls list-dead-letter-source-queues --queue-url "$DEAD")" "$SOURCE"
}

newest_task() {
  value "Results[0].$1" list-message-move-tasks --source-arn "$DEAD_ARN"
}

move_back() {
  [[ -n $(value TaskHandle start-message-move-task --source-arn "$DEAD_ARN") ]]
  eventually COMPLETED newest_task Status
  equal "$(newest_task '[ApproximateNumberOfMessagesMoved, ApproximateNumberOfMessagesToMove]')" $'1\t1'
  equal "$(receive 'Messages[0].Body' "$SOURCE" --wait-time-seconds 5)" poison
}

cancel_a_move() {
  local body handle entries=()
  for body in 1 2 3 4 5 6 7 8; do entries+=("Id=$body,MessageBody=$body"); done
  equal "$(value 'length(Successful)' send-message-batch --queue-url "$DEAD" --entries "${entries[@]}")" 8
  handle=$(value TaskHandle start-message-move-task --source-arn "$DEAD_ARN" \
    --destination-arn "${DEAD_ARN/cli-dead/cli-work}" --max-number-of-messages-per-second 1)
  equal "$(newest_task '[Status, TaskHandle]')" $'RUNNING\t'"$handle"
  (($(value ApproximateNumberOfMessagesMoved cancel-message-move-task --task-handle "$handle") < 8))
  eventually CANCELLED newest_task Status
  refused ResourceNotFoundException start-message-move-task --source-arn "$DEAD_ARN-not"
}

purge() {
  sqs purge-queue --queue-url "$DEAD"
  equal "$(attribute "$DEAD" ApproximateNumberOfMessages)" 0
  refused ${PREFIX}PurgeQueueInProgress purge-queue --queue-url "$DEAD"
}

delete_queues() {
  local url
  for url in "$EVERY" "$WORK" "$FIFO" "$SOURCE" "$DEAD"; do sqs delete-queue --queue-url "$url"; done
  refused ${PREFIX}NonExistentQueue send-message --queue-url "$WORK" --message-body x
  refused ${PREFIX}QueueDeletedRecently create-queue --queue-name cli-work
}

step 'a queue with every attribute and tags is read back' every_attribute
step 'an equal queue is the same one, a different one QueueAlreadyExists' an_equal_queue
step 'attributes are set; a KMS key turns the encryption by SQS off' set_attributes
step 'queues are found by name, by prefix, page by page' find_queues
step 'tags are added, replaced and removed' tags
step 'a permission becomes a statement of the policy and goes again' permissions
step 'a message is sent with attributes of each type and a trace header' send_with_attributes
step 'it is received byte by byte, with everything that SQS says of it' receive_it
step 'its invisibility is extended and ended' visibility
step 'it is deleted, once and again' delete_it
step 'of a batch, the entries that SQS refuses fail alone' send_a_batch
step 'visibility is changed and messages are deleted in batches' batches_of_handles
step 'what is refused is refused by its code' refusals
step 'FIFO: sequence numbers grow, a duplicate is answered as the first' fifo_numbers
step 'FIFO: a message in flight locks its group' fifo_groups
step 'a message that was received too often is in the dead-letter queue' dead_letters
step 'a move task brings it back to where it came from' move_back
step 'a move task is cancelled' cancel_a_move
step 'a purge removes everything, once a minute' purge
step 'a deleted queue is gone, and its name is not free for a minute' delete_queues
