package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.Connection;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Says every ten seconds that this member is there, and looks for queues that have been forgotten:
 * messages are ready there, and nothing comes. The client keeps to itself that a session has ended:
 * attaching again finds out. If another member is active there, and slow, nothing is lost by it.
 * Belongs to the loop, and asks the broker beside it.
 */
final class LookOut {
  private static final Duration LOOK = Duration.ofSeconds(10);

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  private final AmqpTopology topology;
  private final Loop loop;
  private final Members members;
  private final AmqpReceiver receiver;

  /** By queue, how often in a row it was looked and nothing had come. */
  private final Map<String, Integer> quiet = new HashMap<>();

  /** Does nothing yet. */
  LookOut(AmqpTopology topology, Loop loop, Members members, AmqpReceiver receiver) {
    this.topology = topology;
    this.loop = loop;
    this.members = members;
    this.receiver = receiver;
  }

  void start() {
    loop.later(this::look, LOOK);
  }

  private void look() {
    List<Stay> silent = new ArrayList<>();
    for (Stay stay : receiver.stays().all()) {
      if (stay.position() != null) {
        continue;
      }
      if (!stay.isIdle()) {
        quiet.remove(stay.queue());
      } else if (isTurn(quiet.merge(stay.queue(), 1, Integer::sum))) {
        silent.add(stay);
      }
    }
    Connection at = receiver.connection();
    if (at == null) {
      start();
      return;
    }
    var unused =
        receiver.beside(at, () -> look(at, silent)).whenComplete((nothing, failure) -> start());
  }

  private void look(Connection at, List<Stay> silent) {
    receiver.keyedAddresses().forEach(address -> members.announce(at, address, false));
    for (Stay stay : silent) {
      if (isForgotten(at, stay)) {
        loop.run(() -> forgotten(at, stay));
      }
    }
  }

  private boolean isForgotten(Connection at, Stay stay) {
    try {
      return topology.ready(at.management(), stay.queue()) > 0;
    } catch (AmqpEntityDoesNotExistException deleted) {
      return false; // which ends the link
    }
  }

  private void forgotten(Connection at, Stay stay) {
    if (at == receiver.connection() && receiver.stays().all().contains(stay) && stay.isIdle()) {
      LOG.log(Level.INFO, () -> receiver + " gets nothing from " + stay + ", and attaches again");
      receiver.stays().attachAnew(stay, CompletableFuture.completedFuture(null));
    }
  }

  /**
   * At the second idle look, the fourth, the eighth: who attaches again is the last in turn, and
   * would never have its turn if it did so each time.
   */
  private static boolean isTurn(int looks) {
    return looks > 1 && Integer.bitCount(looks) == 1;
  }
}
