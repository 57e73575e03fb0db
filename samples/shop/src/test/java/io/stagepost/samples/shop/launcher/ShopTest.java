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

/** The whole shop, as processes on a real broker and a real database. */
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

  @Test
  void killing_the_payment_service_in_mid_run_changes_nothing_in_the_report() throws Exception {
    boolean inMidRun = false;
    for (int i = 0; i < RATES.size() && !inMidRun; i++) {
      inMidRun = runAndKillPayment(RATES.get(i));
    }
    assertThat(inMidRun).as("payment was killed while lines came in").isTrue();
  }

  /** Returns whether lines were still to come in when payment was seen to have died. */
  private boolean runAndKillPayment(String rate) throws Exception {
    Path report = directory.resolve("report.json");
    Process shop = launch("--report", report.toString(), "--rate", rate);

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
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Shop.class.getName()));
    command.addAll(List.of(options));
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
