package io.stagepost.prove;

import io.stagepost.outbox.OnRefused;
import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.Relay;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A process that relays. Knows the order {@code clock SECONDS}. */
final class RelayProcess {
  private static final int SHARDS_PER_ROUND = 3;

  private RelayProcess() {}

  /** Runs until its input ends. */
  public static void main(String[] arguments) throws InterruptedException, IOException {
    Wiring wiring = Wiring.of(arguments);
    SendBook book = new SendBook(wiring.directory(), wiring.name());
    JumpingClock clock = new JumpingClock();
    Role role =
        Role.begin(
            order -> clock.jump(Duration.ofSeconds(Long.parseLong(order.split(" ", -1)[1]))));
    Relay relay =
        Outbox.over(
                wiring.messaging(transport -> new WatchedTransport(transport, book)),
                wiring.dialect().dataSource(wiring))
            .relay()
            .shardsPerRound(SHARDS_PER_ROUND)
            .onRefused(wiring.pipelined() ? OnRefused.SKIP_PAST : OnRefused.HOLD_KEY)
            .clock(clock)
            .start();
    while (true) {
      set(role, "worked", relay.sent());
      set(role, "parked", relay.parked());
      set(role, "violations", relay.violations());
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static void set(Role role, String counter, long value) {
    role.count(counter).add(value - role.count(counter).sum());
  }
}
