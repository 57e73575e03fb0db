package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.dlq.cli.Stand.Kind;
import io.stagepost.dlq.cli.Stand.Result;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Options of commands: each selection at each command, and those that are used rarely. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OptionsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void every_command_that_takes_letters_takes_every_selection(Kind kind) throws Exception {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 4, 0);
      stand.write(odd(stand, "e12"));
      List<String> row = row(stand, stand.letters, "--header", "tenant=acme");
      Path ids = Files.writeString(folder.resolve("ids"), row.get(0) + "\n");
      String[] selection = {
        "--group", row.get(2),
        "--reason", "no-stock",
        "--exception", "NoStockException",
        "--type", "com.example.order.v1",
        "--schema-version", "v1",
        "--subscription", "billing",
        "--since", "1h",
        "--until", "2100-01-01",
        "--key", "k2",
        "--header", "tenant=acme",
        "--where", "data.order == 12 && reason == 'no-stock'",
        "--limit", "3",
        "--ids-from", ids.toString()
      };
      assertThat(row(stand, stand.letters, selection)).isEqualTo(row);
      Result groups = reading(stand, "groups", stand.letters, with(selection, "--output", "csv"));
      assertThat(groups.out().lines()).as("%s", groups).hasSize(2);
      String file = folder.resolve("one.ndjson").toString();
      Result export =
          reading(stand, "export", stand.letters, with(selection, "-o", file, "--output", "csv"));
      assertThat(export.out()).as("%s", export).contains(file + ",1,");

      for (String command : List.of("plan", "replay", "park", "discard")) {
        String[] dry = command.equals("plan") ? selection : with(selection, "--dry-run");
        assertOne(stand.dlq(command, with(dry, stand.letters)));
      }
      assertOne(stand.dlq("discard", with(selection, stand.letters, "--yes")));
      assertThat(stand.dlq("replay", with(selection, stand.letters, "--yes")).code()).isEqualTo(3);
      assertOne(stand.dlq("restore", with(selection, stand.letters, "--yes")));
      assertOne(stand.dlq("park", with(selection, stand.letters, "--yes")));
      assertThat(stand.ids(stand.parking)).containsExactly("e12");
      String[] parked = Arrays.copyOf(selection, selection.length - 2); // which lies elsewhere now
      assertOne(stand.dlq("unpark", with(parked, stand.parking, "--yes")));
      assertOne(stand.dlq("replay", with(parked, stand.letters, "--yes")));
      assertThat(stand.ids(stand.channel)).containsExactly("e12");
    }
  }

  private static void assertOne(Result result) {
    assertThat(result.code()).as("%s", result).isZero();
    assertThat(result.out() + result.err()).contains("letters       1, ");
  }

  @ParameterizedTest
  @EnumSource
  void letters_are_parked_where_they_are_told_to_be(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      String elsewhere = stand.channel + ".elsewhere.dead-letter";
      Need need = Need.deadLetters(elsewhere, stand.channel, Duration.ofDays(1));
      assertThat(stand.transport.topology().provision(List.of(need)).problems()).isEmpty();
      stand.write(0, 1, 1);
      stand.write(1, 1, 0);
      Result replayed =
          stand.dlq(
              "replay",
              stand.letters,
              "--max-replays",
              "1",
              "--parking",
              elsewhere,
              "--key",
              "k0",
              "--yes",
              "--output",
              "csv");
      assertThat(replayed.code()).as("%s", replayed).isZero();
      assertThat(replayed.out()).startsWith("run,outcome,planned,").contains(",done,1,");
      Result parked = stand.dlq("park", stand.letters, "--to", elsewhere, "--rate=9/s", "--yes");
      assertThat(parked.code()).as("%s", parked).isZero();
      assertThat(stand.ids(elsewhere)).containsExactly("e0", "e1");
      assertThat(stand.ids(stand.channel)).isEmpty();
      Result back = stand.dlq("unpark", elsewhere, "--to", stand.parking, "--yes");
      assertThat(back.code()).as("%s", back).isZero();
      assertThat(stand.ids(stand.parking)).containsExactlyInAnyOrder("e0", "e1");

      Result audit = stand.dlq("audit", "--all", "--since", "1h", "--output", "ndjson");
      assertThat(audit.out()).contains("\"parked\"").contains("\"unparked\"");
      assertThat(stand.dlq("audit", "--since", "2100-01-01").code()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_edit_takes_a_payload_from_a_file_and_takes_headers_away(Kind kind) throws Exception {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(odd(stand, "e12"));
      Path body = Files.writeString(folder.resolve("mended"), "{\"order\":13}");
      String letter = row(stand, stand.letters).get(0);
      Result edited =
          stand.dlq(
              "edit",
              letter,
              "--body",
              body.toString(),
              "--header",
              "tenant=",
              "--header",
              "by=a=b",
              "--yes");
      assertThat(edited.code()).as("%s", edited).isZero();
      assertThat(stand.dlq("replay", stand.letters, "--yes").code()).isZero();
      Message sent = stand.at(stand.channel).get(0);
      assertThat(sent.body()).asString(UTF_8).isEqualTo("{\"order\":13}");
      assertThat(sent.header("tenant")).isNull();
      assertThat(sent.header("by")).asString(UTF_8).isEqualTo("a=b");
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_export_is_compressed_as_it_is_told(Kind kind) throws Exception {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 2, 0);
      for (String compression : List.of("none", "gzip", "zstd")) {
        Path file = folder.resolve(kind + "-" + compression);
        Result exported =
            reading(
                stand, "export", stand.letters, "--compress", compression, "-o", file.toString());
        assertThat(exported.code()).as("%s", exported).isZero();
        int first = Files.readAllBytes(file)[0] & 0xff;
        assertThat(first)
            .isEqualTo(compression.equals("none") ? '{' : compression.equals("gzip") ? 0x1f : 0x28);
        Cli.Result read =
            Cli.run("import", file.toString(), "--dry-run", "--broker", stand.url, "--output=csv");
        assertThat(read.out()).as(read.err()).contains(stand.letters + ",2,0,");
      }
    }
  }

  // ---- letters

  private static Message odd(Stand stand, String id) {
    int number = Integer.parseInt(id.substring(1));
    return stand
        .letter(number, 0, "{\"order\":" + number + "}")
        .with(
            List.of(
                header(FailureHeaders.EXCEPTION, "com.example.NoStockException"),
                header("tenant", "acme")));
  }

  private static Header header(String name, String value) {
    return new Header(name, value.getBytes(UTF_8));
  }

  /** What peek tells of the first letter. */
  private static List<String> row(Stand stand, String address, String... selection) {
    Result peeked = reading(stand, "peek", address, with(selection, "--output", "csv"));
    List<String> lines = peeked.out().lines().toList();
    assertThat(lines).as("%s", peeked).hasSize(2);
    return Arrays.asList(lines.get(1).split(",", -1));
  }

  /** Commands that need no name, and keep no plans. */
  private static Result reading(Stand stand, String command, String address, String... options) {
    List<String> all = new ArrayList<>(List.of(command, address));
    all.addAll(List.of("--broker", stand.url, "--ledger", stand.channel + ".ledger"));
    all.addAll(List.of(options));
    Cli.Result result = Cli.run(all.toArray(String[]::new));
    return new Result(result.code(), result.out(), result.err());
  }

  private static String[] with(String[] last, String... first) {
    String[] all = Arrays.copyOf(first, first.length + last.length);
    System.arraycopy(last, 0, all, first.length, last.length);
    return all;
  }
}
