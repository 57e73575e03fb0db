package io.stagepost.samples.shop.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.samples.shop.ExpectedProgram;
import io.stagepost.samples.shop.Shop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole shop, as processes on each real broker and a real database. */
class ShopTest {
  private static final Path INPUT = Path.of("data", "orderlines.csv");

  /** Slow enough to have the time to kill something while lines come in; on a busy machine too. */
  private static final List<String> RATES = List.of("5", "1", "0.4");

  private static final Pattern PAYMENT = Pattern.compile("(?m)^payment is process (\\d+)$");
  private static final Pattern RESTARTED =
      Pattern.compile("(?m)^payment \\(process (\\d+)\\) died with exit code 137; restarted as");

  private static final Pattern SOME_JUDGED =
      Pattern.compile("(?m)([1-9]\\d*) of \\d+ lines in .*, [1-9]\\d* judged");

  @TempDir Path directory;
  private @Nullable Process launcher;

  @AfterEach
  void end() {
    if (launcher != null) {
      launcher.destroyForcibly();
    }
  }

  @ParameterizedTest
  @EnumSource
  void killing_the_payment_service_in_mid_run_changes_nothing_in_the_report(Broker.Kind broker)
      throws Exception {
    boolean inMidRun = false;
    for (int i = 0; i < RATES.size() && !inMidRun; i++) {
      inMidRun = runAndKillPayment(broker, RATES.get(i));
    }
    assertThat(inMidRun).as("payment was killed while lines came in").isTrue();
  }

  /** Returns whether lines were still to come in when payment was seen to have died. */
  private boolean runAndKillPayment(Broker.Kind broker, String rate) throws Exception {
    Path report = directory.resolve("report.json");
    Process shop =
        launch("--report", report.toString(), "--transport", broker.transport(), "--rate", rate);

    await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> !shop.isAlive() || SOME_JUDGED.matcher(progress()).find());
    String payment = found(PAYMENT).orElseThrow(() -> new AssertionError(progress()));
    ProcessHandle.of(Long.parseLong(payment)).ifPresent(ProcessHandle::destroyForcibly);

    assertThat(shop.waitFor(3, TimeUnit.MINUTES)).as(progress()).isTrue();
    assertThat(shop.exitValue()).as(progress()).isZero();
    assertThat(ExpectedProgram.differences(report, INPUT)).isEmpty();
    assertThat(Files.readString(directory.resolve("out"))).contains("The books reconcile.");
    return found(RESTARTED).filter(payment::equals).isPresent() && linesAtKill() < lines();
  }

  /**
   * A short form, with one strike of each kind: so the books must reconcile, and the run is void.
   */
  @ParameterizedTest
  @EnumSource
  void under_faults_the_books_reconcile_and_a_run_with_too_few_of_them_is_void(Broker.Kind broker)
      throws Exception {
    Path input = Files.write(directory.resolve("many.csv"), manyLines(900));
    Path report = directory.resolve("report.json");
    Process shop =
        launch(
            List.of("-Dshop.strikes=1"),
            List.of(
                "--report=" + report,
                "--input=" + input,
                "--transport=" + broker.transport(),
                "--faults",
                "--seed=1"));

    assertThat(shop.waitFor(5, TimeUnit.MINUTES)).as(progress()).isTrue();
    String out = Files.readString(directory.resolve("out"));
    assertThat(shop.exitValue()).as(progress() + out).isEqualTo(3);
    assertThat(out)
        .contains("The books reconcile.")
        .contains("The run is VOID, it proves nothing: broker-killed struck 1 times");
    JsonNode faulted = JsonMapper.builder().build().readTree(report.toFile());
    for (FaultKind kind : FaultPlan.FROM_OUTSIDE) {
      assertThat(faulted.at("/faults/" + kind.word()).asInt()).as(progress()).isEqualTo(1);
    }
    assertThat(faulted.at("/faults/handler-failed").asInt()).isPositive();
    assertThat(faulted.at("/redelivered").asInt()).isPositive();
    assertThat(faulted.at("/suppressedDuplicates").asInt()).isPositive();
    assertThat(faulted.at("/deadLettered/injected").asInt()).isEqualTo(1);
    assertThat(ExpectedProgram.differences(report, input))
        .startsWith("void: ")
        .contains("1 differences");
  }

  private static List<String> manyLines(int count) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(INPUT, ISO_8859_1).subList(0, 1));
    for (int line = 0; line < count; line++) {
      lines.add(
          "%d,SKU%d,THING,%d,2010-12-01T08:26:00,1.%02d,%d,Norway"
              .formatted(500_000 + line / 5, line, 1 + line % 7, line % 100, 17_000 + line % 40));
    }
    return lines;
  }

  @Test
  void an_input_that_cannot_be_used_starts_nothing() throws Exception {
    Path input = Files.writeString(directory.resolve("wrong.csv"), "Invoice,Amount\n1,2\n");
    Process shop =
        launch("--report", directory.resolve("report.json").toString(), "--input=" + input);
    assertThat(shop.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(shop.exitValue()).isEqualTo(2);
    assertThat(progress())
        .startsWith("shop: " + input + ", line 1: the header is \"Invoice,Amount\"; it should be")
        .doesNotContain("starting");
  }

  private Process launch(String... options) throws IOException {
    return launch(List.of(), List.of(options));
  }

  private Process launch(List<String> properties, List<String> options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(properties);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Shop.class.getName()));
    command.addAll(options);
    Process started =
        new ProcessBuilder(command)
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    launcher = started;
    return started;
  }

  /** How many lines had come in when payment was seen to have died. */
  private long linesAtKill() {
    String before = progress().split("payment \\(process", 2)[0];
    Matcher matcher = SOME_JUDGED.matcher(before);
    long lines = 0;
    while (matcher.find()) {
      lines = Long.parseLong(matcher.group(1));
    }
    return lines;
  }

  private static long lines() throws IOException {
    try (var lines = Files.lines(INPUT, ISO_8859_1)) {
      return lines.count() - 1;
    }
  }

  private Optional<String> found(Pattern pattern) {
    Matcher matcher = pattern.matcher(progress());
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private String progress() {
    try {
      return Files.readString(directory.resolve("err"), UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
