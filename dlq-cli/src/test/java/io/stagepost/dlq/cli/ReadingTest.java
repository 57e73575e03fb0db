package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Ledger;
import io.stagepost.dlq.Plan;
import io.stagepost.dlq.Planner;
import io.stagepost.dlq.Replay;
import io.stagepost.dlq.cli.Scene.Broker;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every command that reads, on letters that real subscriptions gave up. */
class ReadingTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String CONTRACT = "src/test/resources/payments.asyncapi.yaml";

  @TempDir private Path folder;

  private static Cli.Result run(Scene scene, String... args) {
    boolean isWithoutLedger = args[0].equals("import");
    String[] all = scene.with(args);
    return Cli.run(isWithoutLedger ? Arrays.copyOf(all, all.length - 2) : all);
  }

  private static List<JsonNode> lines(Cli.Result result) {
    assertThat(result.code()).as(result.err()).isZero();
    return result.out().lines().map(JSON::readTree).toList();
  }

  private static List<JsonNode> peek(Scene scene, String... args) {
    return peek(scene.address, scene, args);
  }

  private static List<JsonNode> peek(String address, Scene scene, String... args) {
    String[] all = Arrays.copyOf(args, args.length + 4);
    System.arraycopy(args, 0, all, 2, args.length);
    all[0] = "peek";
    all[1] = address;
    all[args.length + 2] = "--output";
    all[args.length + 3] = "ndjson";
    return lines(run(scene, all));
  }

  private static String letter(Scene scene, String... narrowing) {
    return peek(scene, narrowing).get(0).path("letter").asString();
  }

  @ParameterizedTest
  @EnumSource
  void ls_tells_depth_age_and_rate(Broker broker) {
    Scene scene = Scene.at(broker);
    JsonNode row = lines(run(scene, "ls", "--address", scene.address, "--output", "ndjson")).get(0);
    assertThat(row.path("address").asString()).isEqualTo(scene.address);
    assertThat(row.path("letters").asInt()).isEqualTo(Scene.LETTERS);
    assertThat(row.path("open").asInt()).isEqualTo(Scene.LETTERS);
    assertThat(row.path("lastHour").asInt()).isEqualTo(Scene.LETTERS);
    assertThat(row.path("oldest").isString()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void ls_finds_addresses_by_their_names_or_says_what_it_needs(Broker broker) {
    Scene scene = Scene.at(broker);
    Cli.Result listed = run(scene, "ls");
    if (broker == Broker.KAFKA) {
      assertThat(listed.out()).contains(scene.address).doesNotContain(scene.channel + " ");
      assertThat(run(scene, "ls", "--all").out()).containsPattern(scene.channel + " +\\d");
    } else {
      assertThat(listed.code()).isEqualTo(ExitCode.USAGE.number());
      assertThat(listed.err()).contains("SP-DLQ-101").contains("--address");
    }
    Cli.Result contracted = run(scene, "ls", "--contract", CONTRACT);
    assertThat(contracted.out())
        .contains("orders.payments.dead-letter")
        .contains("orders.payments.parking-lot");
  }

  @ParameterizedTest
  @EnumSource
  void groups_count_what_failed_alike(Broker broker) {
    Scene scene = Scene.at(broker);
    List<JsonNode> groups = lines(run(scene, "groups", scene.address, "--output", "ndjson"));
    assertThat(groups)
        .extracting(group -> group.path("reason").asString() + " " + group.path("letters").asInt())
        .contains("no-stock 4", "card-refused 3");
    JsonNode priced =
        groups.stream()
            .filter(group -> group.path("exception").asString().endsWith("IllegalStateException"))
            .findFirst()
            .orElseThrow();
    assertThat(priced.path("letters").asInt()).isEqualTo(3);
    assertThat(priced.path("frame").asString()).isEqualTo("io.stagepost.dlq.cli.Scene.pay");
    String sample = priced.path("sample").asString();
    assertThat(run(scene, "groups", scene.address).out()).contains(" " + sample + "\n");
    assertThat(run(scene, "show", sample).out()).contains("IllegalStateException");
    String id = priced.path("group").asString();
    assertThat(peek(scene, "--group", id)).hasSize(3);
    Cli.Result none = run(scene, "groups", scene.address, "--group", "00000000");
    assertThat(none.code()).isEqualTo(ExitCode.NOTHING_MATCHED.number());
  }

  @ParameterizedTest
  @EnumSource
  void what_is_not_there_is_told_with_options_and_exit_codes(Broker broker) {
    Scene scene = Scene.at(broker);
    String none = scene.channel + "-none";
    Cli.Result missing = run(scene, "peek", none);
    assertThat(missing.code()).isEqualTo(ExitCode.ERROR.number());
    assertThat(missing.err()).contains("dlq ").doesNotContain("(").doesNotContain("builder");
    Cli.Result alone = run(scene, "ls", "--address", none);
    assertThat(alone.code()).as(alone.out()).isEqualTo(ExitCode.ERROR.number());
    Cli.Result beside = run(scene, "ls", "--address", none, "--address", scene.address);
    assertThat(beside.code()).as(beside.out()).isEqualTo(ExitCode.PARTIAL.number());
    String beyond = letter(scene, "--limit", "1").replaceFirst("\\d+$", "4711");
    Cli.Result gone = run(scene, "show", beyond);
    assertThat(gone.code()).as(gone.err()).isEqualTo(ExitCode.NOTHING_MATCHED.number());
    assertThat(gone.err().lines()).hasSize(1).first().asString().startsWith("dlq: SP-DLQ-102");
    assertThat(run(scene, "show", beyond, "--verbose").err())
        .contains("\tat io.stagepost.dlq.cli.ShowCommand");
    if (broker == Broker.KAFKA) {
      Cli.Result partition = run(scene, "show", scene.address + "@99-0");
      assertThat(partition.code()).isEqualTo(ExitCode.NOTHING_MATCHED.number());
      assertThat(partition.err()).contains("SP-KAFKA-058").contains("dlq peek");
    } else {
      String wrong = scene.broker.url().replaceFirst("//.*@", "//guest:wrong@");
      Cli.Result denied = Cli.run("peek", scene.address, "--broker", wrong);
      assertThat(denied.code()).isEqualTo(ExitCode.ERROR.number());
      assertThat(denied.err()).contains("SP-AMQP-042").contains("password");
    }
  }

  @ParameterizedTest
  @EnumSource
  void letters_are_selected_by_each_option(Broker broker) throws IOException {
    Scene scene = Scene.at(broker);
    String type = "com.example.order.placed.v1";
    if (broker == Broker.KAFKA) { // what is decoded is the same on both
      assertThat(peek(scene)).hasSize(Scene.LETTERS);
      assertThat(peek(scene, "--exception", "IllegalStateException")).hasSize(3);
      assertThat(peek(scene, "--type", type)).hasSize(10);
      assertThat(peek(scene, "--schema-version", "v1")).hasSize(10);
      assertThat(peek(scene, "--subscription", "payments")).hasSize(Scene.LETTERS);
      assertThat(peek(scene, "--where", "data.amount > 50.0 && reason == 'no-stock'")).hasSize(2);
      assertThat(peek(scene, "--where", "time > timestamp('2020-01-01T00:00:00Z')"))
          .hasSize(Scene.LETTERS);
      assertThat(peek(scene, "--limit", "2")).hasSize(2);
    }
    assertThat(peek(scene, "--reason", "no-stock")).hasSize(4);
    assertThat(peek(scene, "--since", "1h", "--until", "2100-01-01")).hasSize(Scene.LETTERS);
    assertThat(peek(scene, "--header", "authorization=Bearer 4711")).hasSize(1);
    assertThat(peek(scene, "--where", "headers['authorization'].startsWith('Bearer')")).hasSize(1);
    String one = letter(scene, "--key", "o-4");
    Path ids = Files.writeString(folder.resolve("ids"), "# those of Ada\n\n" + one + "\n");
    assertThat(peek(scene, "--ids-from", ids.toString())).hasSize(1);
    Cli.Result old = run(scene, "peek", scene.address, "--until", "2020-01-01T00:00:00Z");
    assertThat(old.code()).isEqualTo(ExitCode.NOTHING_MATCHED.number());
  }

  @ParameterizedTest
  @EnumSource
  void peeking_consumes_nothing(Broker broker) {
    Scene scene = Scene.at(broker);
    Cli.Result first = run(scene, "peek", scene.address, "--output", "json");
    assertThat(first.code()).isZero();
    assertThat(run(scene, "peek", scene.address, "--output", "json")).isEqualTo(first);
  }

  @ParameterizedTest
  @EnumSource
  void a_letter_is_shown_with_its_failure_and_way_and_secrets_are_masked(Broker broker) {
    Scene scene = Scene.at(broker);
    String name = letter(scene, "--key", "o-99");
    Cli.Result page = run(scene, "show", name);
    assertThat(page.code()).isZero();
    assertThat(page.out())
        .contains("no-stock")
        .contains("4bf92f3577b34da6a3ce929d0e0e4736")
        .contains("came to " + scene.channel)
        .contains("authorization: ***")
        .contains("0xcafe0001")
        .contains("4111-99")
        .doesNotContain("4711");
    assertThat(run(scene, "show", name, "--unmask").out()).contains("Bearer 4711");

    Cli.Result masked = run(scene, "show", name, "--contract", CONTRACT, "--output", "json");
    JsonNode document = JSON.readTree(masked.out());
    assertThat(document.at("/payload/data/card").asString()).isEqualTo("***");
    assertThat(document.at("/payload/data/order").asString()).isEqualTo("o-99");
    assertThat(document.at("/state").asString()).isEqualTo("open");
    assertThat(run(scene, "show", name, "--output", "csv").out())
        .startsWith("field,value\r\nletter," + name);
  }

  @ParameterizedTest
  @EnumSource
  void what_cannot_be_decoded_is_dumped_with_the_reason(Broker broker) {
    Scene scene = Scene.at(broker);
    String name = letter(scene, "--where", "type == ''");
    Cli.Result page = run(scene, "show", name, "--width", "40");
    assertThat(page.code()).isZero();
    assertThat(page.out()).contains("ff fe 6a 75").contains("unreadable");
    assertThat(page.out().lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(41));
  }

  @ParameterizedTest
  @EnumSource
  void forty_columns_are_enough(Broker broker) {
    Scene scene = Scene.at(broker);
    for (String[] args :
        new String[][] {
          {"groups", scene.address},
          {"peek", scene.address},
          {"show", letter(scene, "--exception", "IllegalStateException")},
          {"ls", "--address", scene.address},
          {"doctor", scene.address}
        }) {
      String[] narrow = Arrays.copyOf(args, args.length + 2);
      narrow[args.length] = "--width";
      narrow[args.length + 1] = "40";
      Cli.Result result = run(scene, narrow);
      assertThat(result.out()).as(args[0]).isNotEmpty();
      assertThat(result.out().lines())
          .as(args[0])
          .allSatisfy(line -> assertThat(line.length()).isLessThan(41));
    }
  }

  @ParameterizedTest
  @EnumSource
  void exports_are_imported_without_loss_and_refused_if_cut(Broker broker) throws IOException {
    Scene scene = Scene.at(broker);
    String copy = scene.channel + ".copy.dead-letter";
    Path file = folder.resolve("letters.ndjson.zst");
    Cli.Result exported =
        run(scene, "export", scene.address, "-o", file.toString(), "--output", "ndjson");
    JsonNode told = lines(exported).get(0);
    assertThat(told.path("letters").asInt()).isEqualTo(Scene.LETTERS);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    assertThat(run(scene, "import", file.toString(), "--to", copy, "--dry-run").out())
        .contains("nothing was sent");
    Cli.Result refused = run(scene, "import", file.toString(), "--to", copy);
    assertThat(refused.code()).as(refused.out()).isEqualTo(ExitCode.REFUSED.number());
    create(scene, copy);
    Cli.Result imported = run(scene, "import", file.toString(), "--to", copy, "--output", "ndjson");
    assertThat(lines(imported).get(0).path("sent").asInt()).isEqualTo(Scene.LETTERS);

    Path again = folder.resolve("again.ndjson");
    assertThat(run(scene, "export", copy, "-o", again.toString()).code()).isZero();
    Path first = folder.resolve("first.ndjson");
    assertThat(run(scene, "export", scene.address, "-o", first.toString()).code()).isZero();
    assertThat(bare(again)).isEqualTo(bare(first));

    byte[] whole = Files.readAllBytes(first);
    Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, whole.length / 2));
    Cli.Result bad = run(scene, "import", cut.toString(), "--to", copy);
    assertThat(bad.code()).isEqualTo(ExitCode.ERROR.number());
    assertThat(bad.err()).contains("SP-DLQ-020");
    assertThat(peek(copy, scene)).hasSize(Scene.LETTERS);
  }

  private static void create(Scene scene, String address) {
    try (var transport = scene.broker.connect()) {
      assertThat(
              transport
                  .topology()
                  .provision(List.of(Need.deadLetters(address, scene.channel, Duration.ofDays(1))))
                  .problems())
          .isEmpty();
    }
  }

  /** Bodies, keys and headers, without where and when they lay. */
  private static List<String> bare(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file, UTF_8);
    return lines.subList(1, lines.size() - 1).stream()
        .map(
            line ->
                line.replaceAll(
                    "\"(?:address|partition|position|time)\":(?:\"[^\"]*\"|null),?", ""))
        .sorted()
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void doctor_finds_what_is_wrong_and_says_what_to_do(Broker broker) {
    Scene scene = Scene.at(broker);
    Cli.Result fine =
        run(scene, "doctor", scene.address, "--contract", CONTRACT, "--output", "ndjson");
    List<JsonNode> findings = fine.out().lines().map(JSON::readTree).toList();
    assertThat(findings)
        .extracting(each -> each.path("state").asString() + " " + each.path("check").asString())
        .contains("ok broker", "ok " + scene.address, "warning " + scene.address)
        .contains("ok contract " + CONTRACT, "problem orders.payments.dead-letter");
    assertThat(fine.code()).isEqualTo(ExitCode.ERROR.number());
    Cli.Result sound = run(scene, "doctor", scene.address);
    assertThat(sound.code()).as(sound.out()).isZero();
    Cli.Result contract = run(scene, "doctor", "--contract", "none.yaml");
    assertThat(contract.code()).isEqualTo(ExitCode.ERROR.number());
    assertThat(contract.out()).contains("SP-CONTRACT-001");
  }

  @Test
  void a_queue_that_cannot_be_browsed_is_told_with_what_to_do() {
    Scene scene = Scene.at(Broker.RABBITMQ);
    String queue = scene.channel + ".queue.dead-letter";
    try (var transport =
        io.stagepost.amqp.AmqpTransport.builder()
            .uris(scene.broker.url())
            .deadLettersInQueues()
            .build()) {
      assertThat(
              transport
                  .topology()
                  .provision(List.of(Need.deadLetters(queue, scene.channel, Duration.ofDays(1))))
                  .problems())
          .isEmpty();
    }
    Cli.Result refused = run(scene, "peek", queue);
    assertThat(refused.code()).isEqualTo(ExitCode.ERROR.number());
    assertThat(refused.err()).contains("SP-AMQP-030").contains("dlq collect");
    try (Transport transport = scene.broker.connect();
        Sender sender = transport.sender(Duration.ofSeconds(10))) {
      assertThat(sender.send(new Message(queue, null, List.of(), new byte[] {1})).join())
          .isNotNull();
    }
    // The broker counts with a delay.
    await()
        .until(
            () -> run(scene, "ls", "--address", queue).out(), out -> out.contains("dlq collect"));
  }

  @ParameterizedTest
  @EnumSource
  void letters_that_were_dealt_with_are_left_out(Broker broker) {
    Scene scene = Scene.alone(broker);
    try (Transport transport = scene.broker.connect();
        Ledger ledger = Ledger.of(transport, scene.ledger, "ada@test")) {
      ledger.provision(scene.address);
      Plan plan =
          Planner.of(transport, ledger, "ada@test")
              .choosing(Filter.all().reason("no-stock"))
              .plan(scene.address);
      Replay.Report report =
          new Replay(transport, ledger, plan, Replay.Settings.defaults()).run(progress -> {});
      assertThat(report.outcome()).isEqualTo(Replay.Report.Outcome.DONE);
    }
    assertThat(peek(scene)).hasSize(Scene.LETTERS - 4);
    List<JsonNode> all = peek(scene, "--resolved", "--reason", "no-stock");
    assertThat(all).hasSize(4).allMatch(row -> row.path("state").asString().equals("replayed"));
    JsonNode row = lines(run(scene, "ls", "--address", scene.address, "--output", "ndjson")).get(0);
    assertThat(row.path("letters").asInt()).isEqualTo(Scene.LETTERS);
    assertThat(row.path("open").asInt()).isEqualTo(Scene.LETTERS - 4);
    if (broker == Broker.RABBITMQ) {
      assertThat(run(scene, "ls").out()).as("what the ledger knows").contains(scene.address);
    }
  }
}
