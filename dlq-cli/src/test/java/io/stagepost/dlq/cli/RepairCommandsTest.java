package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.stagepost.dlq.Archive;
import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Letters;
import io.stagepost.dlq.cli.Stand.Kind;
import io.stagepost.dlq.cli.Stand.Result;
import io.stagepost.spi.Message;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/** The commands that change letters, check them, or delete them, on the brokers. */
@Timeout(180)
class RepairCommandsTest {
  private static final String CONTRACT =
      """
      asyncapi: 3.0.0
      info: {title: Orders, version: 1.0.0}
      channels:
        orders:
          address: orders
          messages:
            order:
              name: com.example.order.v1
              contentType: application/json
              payload:
                type: object
                required: [order, amount]
                properties:
                  order: {type: integer}
                  amount: {type: number}
                  card: {type: string, x-sensitive: true}
      operations:
        receiveOrder:
          action: receive
          channel: {$ref: '#/channels/orders'}
      """;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void a_letter_is_repaired_checked_and_replayed(Kind kind) throws Exception {
    Path contract = Files.writeString(folder.resolve("orders.yaml"), CONTRACT);
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 1, 0);
      String letter = name(stand);
      String[] checked = {"--validate", "--contract", contract.toString()};
      Result refused = stand.dlq("replay", with(checked, stand.letters, "--yes"));
      assertThat(refused.code()).as("%s", refused).isEqualTo(8);
      assertThat(refused.err()).contains("invalid: SP-SCHEMA-222 ").contains("amount");

      Result wrong = stand.dlq("edit", with(checked, letter, "--set", "amount=none", "--yes"));
      assertThat(wrong.code()).as("%s", wrong).isEqualTo(8);
      Result nothing = stand.dlq("edit", letter, "--add", "amount.cents=1", "--yes");
      assertThat(nothing.code()).as("%s", nothing).isZero(); // null makes room for an object
      Result gone = stand.dlq("edit", name(stand), "--set", "amount=1", "--yes");
      assertThat(gone.code()).as("%s", gone).isEqualTo(8);
      assertThat(gone.err()).contains("SP-DLQ-018 ");
      assertThat(
              stand
                  .dlq(
                      "edit",
                      stand.letters + "@" + (kind == Kind.KAFKA ? "0-" : "") + "99999",
                      "--set",
                      "a=1")
                  .code())
          .isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_edit_shows_what_is_different_and_refuses_what_is_mistyped(Kind kind) throws Exception {
    Path contract = Files.writeString(folder.resolve("orders.yaml"), CONTRACT);
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(stand.letter(0, 0, "{\"order\":1,\"amount\":2,\"card\":\"4111\"}"));
      String letter = name(stand);
      String[] last = {"--contract", contract.toString(), "--dry-run"};
      Result dry =
          stand.dlq(
              "edit",
              with(
                  last,
                  letter,
                  "--set",
                  "amount=12.50",
                  "--set",
                  "card=4222",
                  "--retype",
                  "--header",
                  "api-key=s3cret"));
      assertThat(dry.code()).as("%s", dry).isZero();
      assertThat(dry.out())
          .contains("- payload /amount: 2\n+ payload /amount: 12.50\n")
          .contains("- payload /card: \"***\"\n+ payload /card: \"***\"\n")
          .contains("+ header api-key: ***\n")
          .doesNotContain("/order")
          .doesNotContain("4222")
          .doesNotContain("s3cret");
      Result json = stand.dlq("edit", with(last, letter, "--set", "amount=3", "--output", "json"));
      assertThat(JsonMapper.shared().readTree(json.out()).at("/changes").toString())
          .contains("{\"where\":\"payload /amount\",\"before\":\"2\",\"after\":\"3\"}");

      Path broken = Files.writeString(folder.resolve("broken.json"), "{\"order\":1,");
      String type = kind == Kind.KAFKA ? "ce_type" : "cloudEvents_type";
      for (List<String> wrong :
          List.of(
              List.of("SP-DLQ-017 ", "--set", "amonut=3"),
              List.of("SP-DLQ-164 ", "--set", "amount=three"),
              List.of("SP-DLQ-165 ", "--body", broken.toString()),
              List.of("SP-DLQ-166 ", "--header", type + "="))) {
        Result refused = stand.dlq("edit", letter, wrong.get(1), wrong.get(2), "--yes");
        assertThat(refused.code()).as("%s", refused).isEqualTo(8);
        assertThat(refused.err()).contains(wrong.get(0));
      }
      Result missing = stand.dlq("edit", letter, "--body", folder.resolve("no").toString());
      assertThat(missing.code()).as("%s", missing).isEqualTo(2);
      assertThat(missing.err()).contains("SP-DLQ-160 --body names ");
      assertThat(stand.ids(stand.letters)).hasSize(1);
      assertThat(stand.dlq("discard", stand.letters, "--yes").code()).isZero();
      Result gone = stand.dlq("edit", with(last, letter, "--set", "amount=3"));
      assertThat(gone.code()).as("%s", gone).isEqualTo(8);
      assertThat(gone.err()).contains("SP-DLQ-018 ").contains("discarded");
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_edited_letter_has_an_id_of_its_own_and_says_whose_copy_it_is(Kind kind) throws Exception {
    Path contract = Files.writeString(folder.resolve("orders.yaml"), CONTRACT);
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 1, 0);
      String[] checked = {"--validate", "--contract", contract.toString()};
      Result dry =
          stand.dlq(
              "edit",
              with(
                  checked,
                  name(stand),
                  "--set",
                  "amount=12.50",
                  "--header",
                  "by=ada",
                  "--dry-run"));
      assertThat(dry.code()).as("%s", dry).isZero();
      assertThat(stand.ids(stand.letters)).hasSize(1);
      Result edited =
          stand.dlq(
              "edit",
              with(checked, name(stand), "--set", "amount=12.50", "--header", "by=ada", "--yes"));
      assertThat(edited.code()).as("%s", edited).isZero();
      assertThat(edited.value("id")).isEqualTo(dry.value("id"));

      stand.write(1, 1, 0);
      Result replayed = stand.dlq("replay", with(checked, stand.letters, "--yes"));
      assertThat(replayed.code()).as("%s", replayed).isEqualTo(4); // but for the new one
      Message sent = stand.at(stand.channel).get(0);
      CloudEvent event = stand.transport.decode(sent);
      assertThat(new String(Objects.requireNonNull(sent.body()), UTF_8))
          .isEqualTo("{\"order\":0,\"amount\":12.50}");
      assertThat(event.getId()).isEqualTo(edited.value("id"));
      assertThat(event.getExtension("editof")).isEqualTo("e0");
      assertThat(sent.header("by")).isEqualTo("ada".getBytes(UTF_8));
      assertThat(stand.ids(stand.channel)).hasSize(1);
      assertThat(stand.dlq("audit", "--output", "csv").out()).contains(",edited,");
    }
  }

  @ParameterizedTest
  @EnumSource
  void letters_are_deleted_that_were_dealt_with_and_exported_where_the_broker_can(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 20, 0);
      if (kind == Kind.RABBITMQ) {
        Result refused = stand.dlq("purge", stand.letters, "--dry-run");
        assertThat(refused.code()).as("%s", refused).isEqualTo(8);
        assertThat(refused.err()).contains("SP-DLQ-021 ");
        return;
      }
      Result nothing = stand.dlq("purge", stand.letters);
      assertThat(nothing.code()).as("%s", nothing).isEqualTo(3);
      assertThat(nothing.err()).contains("Nothing can be deleted: ");
      Path export = folder.resolve("all.ndjson");
      try (Archive.Writer writer = Archive.create(export, stand.letters)) {
        Letters.on(stand.transport)
            .read(
                stand.letters,
                Filter.all(),
                letter -> {
                  writer.add(letter);
                  return true;
                });
      }
      assertThat(stand.dlq("discard", stand.letters, "--limit", "12", "--yes").code()).isZero();
      String[] sure = {"--export", export.toString(), "--confirm", stand.letters};
      assertThat(stand.dlq("purge", stand.letters, "--dry-run").out())
          .contains("12 letters can be");
      Result json = stand.dlq("purge", stand.letters, "--dry-run", "--output", "json");
      assertThat(JsonMapper.shared().readTree(json.out()).at("/letters").asInt()).isEqualTo(12);
      String[] gone = {"--export", export + ".gone", "--confirm", stand.letters};
      Result none = stand.dlq("purge", with(gone, stand.letters));
      assertThat(none.code()).as("%s", none).isEqualTo(2);
      assertThat(stand.dlq("purge", stand.letters, "--export", export.toString()).code())
          .isEqualTo(8);
      assertThat(stand.ids(stand.letters)).hasSize(20);
      Result purged = stand.dlq("purge", with(sure, stand.letters));
      assertThat(purged.code()).as("%s", purged).isZero();
      assertThat(stand.ids(stand.letters)).hasSize(8);

      stand.write(20, 1, 0); // which is in no export
      assertThat(stand.dlq("discard", stand.letters, "--yes").code()).isZero();
      Result lacking = stand.dlq("purge", with(sure, stand.letters));
      assertThat(lacking.code()).as("%s", lacking).isEqualTo(8);
      assertThat(lacking.err()).contains("SP-DLQ-022 ");
      assertThat(stand.ids(stand.letters)).hasSize(9);
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_events_of_a_key_keep_their_order(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      // of one key, and not in the order in which they first were
      for (int number : new int[] {10, 0, 5}) {
        stand.write(stand.letter(number, 0, "{}"));
      }
      Result replayed =
          stand.dlq("replay", stand.letters, "--preserve-order", "--overtake", "--yes");
      assertThat(replayed.code()).as("%s", replayed).isZero();
      assertThat(replayed.err()).contains("reordered     3, ");
      assertThat(stand.ids(stand.channel)).containsExactly("e0", "e5", "e10");
    }
  }

  /** Queues keep nothing that could be overtaken. */
  @Test
  void a_letter_does_not_overtake_newer_events_of_its_key() {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      for (int i = 0; i < 3; i++) { // of one key, at the positions 0 to 2 of a partition
        stand.write(stand.letter(5 * i, 0, "{}").to(stand.channel));
      }
      int partition = partition(stand);
      stand.write(stand.died(0, partition, 0));
      Result refused = stand.dlq("replay", stand.letters, "--preserve-order", "--yes");
      assertThat(refused.code()).as("%s", refused).isEqualTo(8);
      assertThat(refused.err()).contains("would-overtake");
      assertThat(
              stand.dlq("replay", stand.letters, "--preserve-order", "--overtake", "--yes").code())
          .isZero();
    }
  }

  private static int partition(Stand stand) {
    int[] found = new int[1];
    stand
        .transport
        .browser()
        .browse(stand.channel, stored -> found[0] = Integer.parseInt(stored.origin().partition()));
    return found[0];
  }

  private static String name(Stand stand) {
    String[] id = new String[1];
    Letters.on(stand.transport)
        .read(
            stand.letters,
            Filter.all(),
            letter -> {
              id[0] = letter.id();
              return false;
            });
    return stand.letters + "@" + id[0];
  }

  private static String[] with(String[] last, String... first) {
    String[] all = Arrays.copyOf(first, first.length + last.length);
    System.arraycopy(last, 0, all, first.length, last.length);
    return all;
  }
}
