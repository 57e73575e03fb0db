package io.stagepost.amqp;

import com.rabbitmq.client.amqp.Message;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * That a message may be what kills the process. The evidence lies at the broker, with the message:
 *
 * <ul>
 *   <li>The broker counts how often a connection was lost while the message was unsettled. From
 *       {@value #SUSPICIOUS} on it is suspect: it is handled while nothing else begins in this
 *       process.
 *   <li>Before that it is put back with a mark, {@link #MARK}, which says how often the process
 *       died of it so far, and at which count that is. When it comes with a higher count than its
 *       mark says, then somebody has died while handling it alone, unless it was we who lost a
 *       connection and live.
 * </ul>
 *
 * @param count how often a connection was lost with it
 * @param deaths how often the process died while it was handled alone
 * @param marked whether its mark says so
 */
record Suspicion(long count, int deaths, boolean marked) {
  /** So many lost connections are no coincidence. */
  static final int SUSPICIOUS = 3;

  /** The annotation: deaths, an at sign, and the count. */
  static final String MARK = "x-opt-stagepost-alone";

  /** What was handled alone when this process lost a connection, and lived. */
  private static final Set<Identity> SURVIVED = ConcurrentHashMap.newKeySet();

  private record Identity(String queue, int key, int body) {
    Identity(String queue, io.stagepost.spi.Message message) {
      this(queue, Arrays.hashCode(message.key()), Arrays.hashCode(message.body()));
    }
  }

  /** The suspicion of a message that was received; null if there is none. */
  static @Nullable Suspicion of(Message received, String queue, io.stagepost.spi.Message message) {
    long count = received.deliveryCount();
    if (count < SUSPICIOUS) {
      return null;
    }
    int at = -1;
    int deaths = 0;
    long marked = 0;
    if (received.annotation(MARK) instanceof String mark) {
      at = mark.indexOf('@');
      try {
        deaths = Integer.parseInt(mark, 0, Math.max(at, 0), 10);
        marked = Long.parseLong(mark, at + 1, mark.length(), 10);
      } catch (NumberFormatException notOurs) {
        at = -1;
      }
    }
    if (at < 0) {
      return new Suspicion(count, 0, false);
    }
    if (marked == count) {
      return new Suspicion(count, deaths, true);
    }
    boolean survived = SURVIVED.remove(new Identity(queue, message));
    return new Suspicion(count, survived ? deaths : deaths + 1, false);
  }

  /** A connection was lost while that was handled alone, and here we are. */
  static void survived(String queue, io.stagepost.spi.Message message) {
    SURVIVED.add(new Identity(queue, message));
  }

  String mark() {
    return deaths + "@" + count;
  }
}
