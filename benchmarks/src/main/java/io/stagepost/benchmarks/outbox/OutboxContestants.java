package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.contestant.outbox.PostboxDriver;
import java.io.IOException;
import java.util.Map;

/** The contestants of this module: the main class of their JVMs. */
public final class OutboxContestants {
  private OutboxContestants() {}

  /**
   * Serves as one of them.
   *
   * @param args its name
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    PostboxDriver.serve(
        switch (args[0]) {
          case "ours", "relay" -> OursOutbox::new;
          case "fetch-and-delete" -> FetchAndDelete::new;
          case "bare-kafka" -> () -> new BareKafka(Map.of());
          case "bare-kafka-no-linger" -> () -> new BareKafka(Map.of("linger.ms", 0));
          case "inbox" -> OursInbox::new;
          case "inbox-by-hand" -> InboxByHand::new;
          default -> throw new IllegalArgumentException("No contestant " + args[0]);
        });
  }
}
