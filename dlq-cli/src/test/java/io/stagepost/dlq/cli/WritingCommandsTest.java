package io.stagepost.dlq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.dlq.cli.Stand.Kind;
import io.stagepost.dlq.cli.Stand.Result;
import io.stagepost.spi.FailureHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands that send something or note something, on the brokers. */
@Timeout(180)
class WritingCommandsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** So long a process may take to begin, and to do what is waited for. */
  private static final Duration SLOW = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void a_plan_is_shown_kept_carried_out_once_and_told_of(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 12, 0);
      assertThat(stand.dlq("runs").code()).isEqualTo(3); // there is no ledger yet
      assertThat(stand.dlq("audit").code()).isEqualTo(3);
      Path file = folder.resolve("friday.json");
      Result planned =
          stand.dlq("plan", stand.letters, "--reason", "no-stock", "--file", file.toString());
      assertThat(planned.code()).as("%s", planned).isZero();
      assertThat(planned.out())
          .contains("letters       6, ")
          .contains("to            " + stand.channel + ": 6")
          .contains("--reason no-stock");
      assertThat(stand.ids(stand.channel)).isEmpty();
      String run = planned.value("run");

      Result replayed = stand.dlq("replay", file.toString(), "--yes");
      assertThat(replayed.code()).as("%s", replayed).isZero();
      assertThat(replayed.out()).contains(run).contains("done");
      assertThat(stand.ids(stand.channel))
          .containsExactlyInAnyOrder("e0", "e2", "e4", "e6", "e8", "e10");

      Result again = stand.dlq("replay", "--resume", run, "--yes");
      assertThat(again.code()).as("%s", again).isZero();
      assertThat(stand.ids(stand.channel)).hasSize(6);
      Result none = stand.dlq("plan", stand.letters, "--reason", "no-stock");
      assertThat(none.code()).as("%s", none).isEqualTo(3);

      Result runs = stand.dlq("runs", "--output", "csv");
      assertThat(runs.code()).isZero();
      assertThat(runs.out()).contains(run + ",done,6,");
      Result audit = stand.dlq("audit", stand.letters, "--run", run, "--output", "csv");
      assertThat(audit.code()).isZero();
      assertThat(audit.out())
          .contains(
              "replay 6 letters, plan "
                  + planned.value("letters").replaceAll("^.*SHA-256 (.{12}).*$", "$1"))
          .contains(",replayed," + run + ",ada@test,")
          .contains(",ended," + run);
      assertThat(stand.dlq("audit", "--run", "another").code()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothing_is_sent_without_consent(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 4, 0);
      Result dry = stand.dlq("replay", stand.letters, "--dry-run");
      assertThat(dry.code()).as("%s", dry).isZero();
      assertThat(dry.out()).contains("letters       4, ");
      Result unasked = stand.dlq("replay", stand.letters);
      assertThat(unasked.code()).as("%s", unasked).isEqualTo(8);
      assertThat(unasked.err())
          .contains("SP-DLQ-110 ")
          .contains("Replay 4 letters of " + stand.letters + ", to " + stand.channel + "?")
          .contains("--yes");
      Result one = stand.dlq("discard", stand.letters, "--limit", "1");
      assertThat(one.err()).contains("Discard 1 letter of " + stand.letters + "?");
      for (String command : List.of("replay", "park", "plan")) {
        Result itself = stand.dlq(command, stand.letters, "--to", stand.letters);
        assertThat(itself.code()).as("%s", itself).isEqualTo(8);
        assertThat(itself.err()).contains("SP-DLQ-163 ");
      }
      Result nowhere =
          stand.dlq("replay", stand.letters, "--to", stand.channel + "-nowhere", "--yes");
      assertThat(nowhere.code()).as("%s", nowhere).isEqualTo(8);
      assertThat(nowhere.err()).contains("SP-DLQ-016 ");
      assertThat(stand.ids(stand.channel)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void wrong_usage_is_told_before_anything_is_done(Kind kind) throws Exception {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 1, 0);
      Path noPlan = Files.writeString(folder.resolve("none.json"), "{}");
      for (List<String> wrong :
          List.of(
              List.<String>of(),
              List.of(stand.letters, "--resume", "x"),
              List.of(noPlan.toString()),
              List.of(stand.letters, "--rate", "fast"),
              List.of(stand.letters, "--max-inflight", "0"),
              List.of(stand.letters, "--max-replays", "0"),
              List.of(stand.letters, "--min-success", "101"),
              List.of(stand.letters, "--dedupe", "never"))) {
        Result result = stand.dlq("replay", wrong.toArray(new String[0]));
        assertThat(result.code()).as("%s: %s", wrong, result).isEqualTo(2);
      }
      assertThat(stand.dlq("replay", "--resume", "unknown", "--yes").code()).isEqualTo(3);
      String run = stand.dlq("plan", stand.letters).value("run");
      Result twice = stand.dlq("replay", "--resume", run, "--type", "any", "--yes");
      assertThat(twice.code()).as("%s", twice).isEqualTo(2);
      assertThat(twice.err()).contains("--type is for making a plan");
    }
  }

  @ParameterizedTest
  @EnumSource
  void letters_go_elsewhere_with_other_ids_or_to_the_parking_lot(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 2, 0);
      stand.write(2, 1, 3);
      Result one =
          stand.dlq("replay", stand.letters, "--limit", "1", "--dedupe", "new-id", "--yes");
      assertThat(one.code()).as("%s", one).isZero();
      var sent = stand.transport.decode(stand.at(stand.channel).get(0));
      assertThat(sent.getId()).doesNotMatch("e[0-9]+");
      assertThat(sent.getExtension("replayof").toString()).startsWith("e");

      Result rest = stand.dlq("replay", stand.letters, "--rate", "100/s", "--yes");
      assertThat(rest.code()).as("%s", rest).isZero();
      assertThat(rest.err()).contains("parked        1, ");
      assertThat(stand.ids(stand.channel)).hasSize(2);
      assertThat(stand.ids(stand.parking)).containsExactly("e2");

      Result unparked = stand.dlq("unpark", stand.parking, "--yes");
      assertThat(unparked.code()).as("%s", unparked).isZero();
      Result elsewhere =
          stand.dlq("replay", stand.letters, "--max-replays", "4", "--to", stand.parking, "--yes");
      assertThat(elsewhere.code()).as("%s", elsewhere).isZero();
      assertThat(stand.ids(stand.parking)).containsExactly("e2", "e2");
      assertThat(stand.at(stand.parking).get(1).header(FailureHeaders.REASON)).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource
  void letters_are_parked_discarded_and_restored(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 10, 0);
      assertThat(stand.dlq("park", stand.letters, "--key", "k1", "--yes").code()).isZero();
      assertThat(stand.ids(stand.parking)).containsExactlyInAnyOrder("e1", "e6");
      assertThat(stand.dlq("discard", stand.letters, "--reason", "no-stock", "--yes").code())
          .isZero();
      Result left = stand.dlq("plan", stand.letters);
      assertThat(left.out()).contains("letters       4, ");
      assertThat(letters(stand)).isEqualTo(4);
      assertThat(letters(stand, "--resolved")).isEqualTo(10);
      assertThat(stand.dlq("restore", stand.letters, "--key", "k0", "--yes").code()).isZero();
      assertThat(stand.dlq("plan", stand.letters).out()).contains("letters       5, ");
      assertThat(stand.dlq("restore", stand.letters, "--key", "k9", "--yes").code()).isEqualTo(3);
      assertThat(stand.ids(stand.channel)).isEmpty();
      assertThat(stand.ids(stand.letters)).hasSize(10);
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_dry_run_tells_what_was_dealt_with(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 10, 0);
      String plan = stand.dlq("plan", stand.letters).value("run");
      assertThat(stand.dlq("replay", stand.letters, "--key", "k1", "--yes").code()).isZero();
      assertThat(stand.dlq("discard", stand.letters, "--key", "k2", "--yes").code()).isZero();
      Result dry = stand.dlq("park", stand.letters, "--dry-run");
      assertThat(dry.code()).as("%s", dry).isZero();
      assertThat(dry.value("letters")).startsWith("6, ");
      assertThat(dry.value("left out")).isEqualTo("2 discarded, 2 replayed");
      Result json = stand.dlq("replay", stand.letters, "--dry-run", "--output", "json");
      JsonNode document = JSON.readTree(json.out());
      assertThat(document.at("/letters").asInt()).isEqualTo(6);
      assertThat(document.at("/leftOut/replayed").asInt()).isEqualTo(2);
      assertThat(document.at("/destinations/" + stand.channel).asInt()).isEqualTo(6);

      Result later = stand.dlq("replay", "--resume", plan, "--dry-run");
      assertThat(later.code()).as("%s", later).isZero();
      assertThat(later.value("done since")).isEqualTo("2 discarded, 2 replayed");
      assertThat(later.value("left to do")).isEqualTo("6");
      Result none = stand.dlq("replay", stand.letters, "--key", "k1", "--dry-run");
      assertThat(none.code()).as("%s", none).isEqualTo(3);
      assertThat(none.err())
          .contains("Nothing is left to replay: looked at 10 letters of " + stand.letters)
          .contains(", for --key k1; of what matches: 2 replayed.");
      assertThat(stand.ids(stand.channel)).hasSize(2);
    }
  }

  @Test
  void a_dry_run_tells_that_a_plan_has_drifted() {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(0, 30, 0);
      String run = stand.dlq("plan", stand.letters, "--output", "ndjson").out();
      String plan = JSON.readTree(run).at("/run").asString();
      stand
          .transport
          .browser()
          .browse(
              stand.letters,
              stored ->
                  stand
                      .transport
                      .topology()
                      .truncate(stand.letters, stored.origin().partition(), "1"));
      Result drifted = stand.dlq("replay", "--resume", plan, "--dry-run", "--output", "json");
      assertThat(drifted.code()).as("%s", drifted).isEqualTo(6);
      JsonNode document = JSON.readTree(drifted.out());
      assertThat(document.at("/drifted").asBoolean()).isTrue();
      assertThat(document.at("/missing").asInt()).isPositive();
      assertThat(stand.dlq("replay", "--resume", plan, "--dry-run").value("drifted"))
          .contains("no longer there");
    }
  }

  @ParameterizedTest
  @EnumSource
  void letters_are_chosen_by_a_file_and_those_that_are_not_there_are_told(Kind kind)
      throws Exception {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 7, 0);
      Cli.Result peek = read(stand, "peek", "--output", "csv");
      Path csv = Files.writeString(folder.resolve("ids.csv"), peek.out());
      Result all = stand.dlq("plan", stand.letters, "--ids-from", csv.toString());
      assertThat(all.code()).as("%s", all).isZero();
      assertThat(all.err()).isEmpty();
      assertThat(all.value("what")).contains("--ids-from (7 ids, SHA-256 ");
      String first = peek.out().lines().skip(1).findFirst().orElseThrow().split(",", -1)[0];
      String unknown = first.replaceAll("\\d+$", "99999");
      Path some = Files.writeString(folder.resolve("ids"), first + "\n" + unknown + "\n");
      Result one = stand.dlq("discard", stand.letters, "--ids-from", some.toString(), "--dry-run");
      assertThat(one.value("letters")).startsWith("1, ");
      assertThat(one.err())
          .contains("1 of 2 ids of " + some + " not found at " + stand.letters)
          .contains("99999");
      Files.writeString(some, unknown);
      Cli.Result none = read(stand, "groups", "--ids-from", some.toString());
      assertThat(none.code()).as(none.err()).isEqualTo(3);
      assertThat(none.err()).contains("1 of 1 id of ").contains("Nothing matched: ");
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_expression_that_cannot_be_computed_is_told(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 3, 0);
      stand.write(stand.letter(3, 0, "{\"order\":\"text\"}"));
      Result some = stand.dlq("park", stand.letters, "--where", "data.order < 2", "--dry-run");
      assertThat(some.code()).as("%s", some).isZero();
      assertThat(some.value("letters")).startsWith("2, ");
      assertThat(some.err()).contains("--where cannot be computed for 1 of 4 letters, the first: ");
      Cli.Result never = read(stand, "peek", "--where", "data.ordre == 1");
      assertThat(never.code()).as(never.err()).isEqualTo(2);
      assertThat(never.err()).contains("4 of 4 letters, the first: ").contains("ordre");
      assertThat(stand.dlq("plan", stand.letters, "--where", "data.order > 'a'").code()).isZero();
      Result wrong = stand.dlq("replay", stand.letters, "--where", "data.x.y == 1", "--yes");
      assertThat(wrong.code()).as("%s", wrong).isEqualTo(2);
      Cli.Result none = read(stand, "peek", "--where", "reason == 'x'", "--type", "t");
      assertThat(none.code()).as(none.err()).isEqualTo(3);
      assertThat(none.err())
          .contains(
              "Nothing matched: looked at 4 letters of "
                  + stand.letters
                  + ", for --type t --where reason == 'x'.");
    }
  }

  private static Cli.Result read(Stand stand, String command, String... options) {
    List<String> args = new ArrayList<>(List.of(command, stand.letters));
    args.addAll(List.of("--broker", stand.url, "--ledger", stand.channel + ".ledger"));
    args.addAll(List.of(options));
    return Cli.run(args.toArray(String[]::new));
  }

  private static int letters(Stand stand, String... options) {
    List<String> all = new ArrayList<>(List.of("--output", "ndjson"));
    all.addAll(List.of(options));
    Cli.Result groups = read(stand, "groups", all.toArray(String[]::new));
    assertThat(groups.code()).as(groups.err()).isZero();
    return groups.out().lines().mapToInt(line -> JSON.readTree(line).get("letters").asInt()).sum();
  }

  @Test
  void every_command_has_help_with_examples_and_exit_codes() {
    for (String command :
        List.of(
            "plan", "replay", "park", "unpark", "discard", "restore", "edit", "purge", "runs",
            "audit")) {
      Cli.Result help = Cli.run(command, "--help");
      assertThat(help.code()).as("%s", help).isZero();
      assertThat(help.out())
          .contains("Usage: dlq " + command)
          .contains("Examples:")
          .contains("Exit codes:");
    }
  }

  // ---- runs in processes of their own

  @ParameterizedTest
  @EnumSource
  void a_run_holds_on_goes_on_excludes_others_and_is_cancelled(Kind kind) throws Exception {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 2000, 0);
      String run = stand.dlq("plan", stand.letters).value("run");
      Path err = folder.resolve("err");
      Process first =
          stand.start(
              err, "replay", "--resume", run, "--rate", "10/s", "--yes", "--takeover-after", "6s");
      try {
        awaitMore(stand, run, 5);
        Result second = stand.dlq("replay", stand.letters, "--yes", "--takeover-after", "6s");
        assertThat(second.code()).as("%s", second).isEqualTo(7);
        assertThat(second.err()).contains("SP-DLQ-003 ").contains("runs cancel " + run);

        assertThat(stand.dlq("runs", "pause", run).out()).contains("pause asked");
        long[] seen = {-1};
        await()
            .atMost(SLOW)
            .pollInterval(Duration.ofSeconds(2))
            .until(
                () -> {
                  long now = noted(stand, run);
                  boolean same = now == seen[0];
                  seen[0] = now;
                  return same;
                });
        assertThat(stand.dlq("runs", "resume", run).out()).contains("at work");
        awaitMore(stand, run, seen[0]);
        stand.write(2000, 3, 0); // what comes now is not in the plan
        assertThat(stand.dlq("runs", "cancel", run).code()).isZero();
        assertThat(first.waitFor()).isEqualTo(4);
      } finally {
        first.destroyForcibly();
      }
      assertThat(stand.dlq("runs", "status", run).out()).contains("cancelled");
      assertThat(stand.dlq("runs", "pause", run).code()).isEqualTo(8);
      assertThat(stand.dlq("runs", "pause", "another").code()).isEqualTo(3);
      assertThat(stand.dlq("runs", "pause").code()).isEqualTo(2);
      Result rest = stand.dlq("replay", "--resume", run, "--yes", "--takeover-after", "6s");
      assertThat(rest.code()).as("%s", rest).isZero();
      assertThat(stand.ids(stand.channel)).hasSize(2000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void ctrl_c_ends_a_run_in_order_and_it_can_be_resumed(Kind kind) throws Exception {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 1000, 0);
      String run = stand.dlq("plan", stand.letters).value("run");
      Path err = folder.resolve("err");
      Process process = stand.start(err, "replay", "--resume", run, "--rate", "20/s", "--yes");
      try {
        awaitMore(stand, run, 5);
        assertThat(new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor())
            .isZero();
        assertThat(process.waitFor()).as(Files.readString(err)).isEqualTo(130);
      } finally {
        process.destroyForcibly();
      }
      assertThat(Files.readString(err)).contains("dlq replay --resume " + run);
      int before = stand.ids(stand.channel).size();
      assertThat(before).isBetween(5, 999);
      assertThat(stand.dlq("runs", "status", run).out()).contains("interrupted");
      Result rest = stand.dlq("replay", "--resume", run, "--yes");
      assertThat(rest.code()).as("%s", rest).isZero();
      List<String> ids = stand.ids(stand.channel);
      assertThat(ids).hasSize(1000); // nothing twice: all was noted
      assertThat(new HashSet<>(ids))
          .containsAll(IntStream.range(0, 1000).mapToObj(i -> "e" + i).toList());
    }
  }

  /** Until the run has noted more letters than so many; a run that ends first is none. */
  private static void awaitMore(Stand stand, String run, long than) {
    await().atMost(SLOW).until(() -> noted(stand, run) > than);
  }

  private static long noted(Stand stand, String run) {
    Result status = stand.dlq("runs", "status", run, "--output", "csv");
    return status.code() == 0
        ? Long.parseLong(status.out().lines().skip(1).findFirst().orElseThrow().split(",", -1)[2])
        : 0;
  }
}
