package io.stagepost.dlq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.dlq.cli.Stand.Kind;
import io.stagepost.spi.Message;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs that are killed with {@code kill -9} at points that nobody has chosen, and resumed: three
 * times, or as often as {@code -Ddlq.kills} says.
 */
class KilledRunsTest {
  private static final int KILLS = Integer.getInteger("dlq.kills", 3);
  private static final int LETTERS = 1_000;
  private static final int IN_FLIGHT = 100;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void every_letter_is_sent_and_again_at_most_what_was_in_flight(Kind kind) throws Exception {
    Random random = new Random(42);
    try (Stand stand = new Stand(kind, folder)) {
      int written = 0;
      int kills = 0;
      while (kills < KILLS) {
        stand.write(written, LETTERS, 0);
        written += LETTERS;
        String run = stand.dlq("plan", stand.letters).value("run");
        boolean killed = true;
        while (killed) {
          killed = run(stand, run, kills < KILLS ? random : null);
          kills += killed ? 1 : 0;
        }
      }
      assertComplete(stand, written, kills);
    }
  }

  /** Whether the run was killed; it is let alone without a source of moments. */
  private boolean run(Stand stand, String run, @Nullable Random random) throws Exception {
    Path err = Files.createTempFile(folder, "err", null);
    Process process =
        stand.start(
            err,
            "replay",
            "--resume",
            run,
            "--yes",
            "--rate",
            "500/s",
            "--max-inflight",
            "" + IN_FLIGHT,
            "--takeover-after",
            "2s");
    try {
      if (random != null) {
        if (random.nextInt(4) > 0) { // else while it starts, or claims the address
          await()
              .atMost(Duration.ofSeconds(60))
              .until(() -> !process.isAlive() || Files.readString(err).contains("replayed, "));
        }
        if (!process.waitFor(random.nextInt(1_500), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly();
          process.waitFor();
          return true;
        }
      }
      assertThat(process.waitFor()).as(Files.readString(err)).isZero();
      return false;
    } finally {
      process.destroyForcibly();
    }
  }

  private static void assertComplete(Stand stand, int written, int kills) {
    Map<String, Integer> sent = new HashMap<>();
    for (Message message : stand.at(stand.channel)) {
      String id = stand.transport.decode(message).getId();
      sent.merge(id, 1, Integer::sum);
      byte[] body = message.body();
      assertThat(new String(body == null ? new byte[0] : body, StandardCharsets.UTF_8))
          .contains("\"order\":" + id.substring(1) + ",");
    }
    int all = sent.values().stream().mapToInt(Integer::intValue).sum();
    System.out.printf(
        "%s: %d letters, %d kills, %d sent twice or more, %d at most%n",
        stand.channel, written, kills, all - written, kills * IN_FLIGHT);
    assertThat(sent).hasSize(written);
    assertThat(all - written).isBetween(0, kills * IN_FLIGHT);
    assertThat(sent.values()).allMatch(times -> times <= kills + 1);
  }
}
