package io.stagepost.amqp;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Resource.State;
import org.jspecify.annotations.Nullable;

/**
 * A connection that several share: opened when it is first needed, and anew when it was lost.
 * Thread-safe.
 */
final class SharedConnection implements AutoCloseable {
  private final Connections connections;
  private final String purpose;
  private @Nullable Connection current;
  private boolean closed;

  /**
   * Not opened yet.
   *
   * @param purpose shown at the broker
   */
  SharedConnection(Connections connections, String purpose) {
    this.connections = connections;
    this.purpose = purpose;
  }

  /**
   * The connection; opens one if there is none. Blocks.
   *
   * @throws com.rabbitmq.client.amqp.AmqpException if the broker does not let us in
   */
  synchronized Connection get() {
    if (closed) {
      throw new IllegalStateException("The connection for " + purpose + " is closed");
    }
    Connection open = current;
    if (open == null) {
      open =
          connections.open(
              purpose,
              null,
              event -> {
                if (event.currentState() == State.CLOSED) {
                  forget((Connection) event.resource());
                }
              });
      current = open;
    }
    return open;
  }

  private synchronized void forget(Connection gone) {
    if (current == gone) {
      current = null;
    }
  }

  /** Something is amiss with its session, which the client has once and for all. */
  void drop(Connection broken) {
    forget(broken);
    broken.close();
  }

  /** Whatever it is at: the next who needs it opens another. */
  void drop() {
    close(false);
  }

  @Override
  public void close() {
    close(true);
  }

  private void close(boolean forGood) {
    Connection closing;
    synchronized (this) {
      closed |= forGood;
      closing = current;
      current = null;
    }
    if (closing != null) {
      closing.close();
    }
  }
}
