package io.stagepost.inbox;

import io.stagepost.MessagingException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connection as a handler sees it: everything but ending the transaction, which would part the
 * effects from the record that the event was handled; and nothing once the transaction is over,
 * when the pool may have given the connection to somebody else.
 *
 * <p>The proxy costs tens of nanoseconds a call, where a call to the database costs tens of
 * microseconds; it tells the handler at the line that is wrong, and costs no round trip.
 */
final class HandlerConnection implements InvocationHandler {
  private final Connection connection;
  private final IntSupplier querySeconds;
  private volatile boolean over;

  /**
   * Guards a connection.
   *
   * @param querySeconds how long a statement may take that begins now; 0 for no limit by the driver
   */
  HandlerConnection(Connection connection, IntSupplier querySeconds) {
    this.connection = connection;
    this.querySeconds = querySeconds;
  }

  Connection proxy() {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, this);
  }

  /** From now on it is of no use any more. */
  void end() {
    over = true;
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    String name = method.getName();
    if (endsTransaction(name, arguments)) {
      throw new MessagingException(
          "SP-INBOX-003",
          name
              + " was called on the connection of an onceIn handler. The inbox ends its transaction:"
              + " return to commit, throw or return another outcome to roll back; a savepoint may"
              + " be rolled back to.");
    }
    if (over && !method.getDeclaringClass().equals(Object.class)) {
      throw new MessagingException(
          "SP-INBOX-004",
          name
              + " was called after the handler had returned, when its transaction was over; do all"
              + " work before returning.");
    }
    try {
      Object result = method.invoke(connection, arguments);
      if (result instanceof Statement statement) {
        limit(statement);
      }
      return result;
    } catch (InvocationTargetException thrown) {
      throw thrown.getTargetException();
    }
  }

  /** The server's timeout counts from the beginning of a statement, which may be a late one. */
  private void limit(Statement statement) throws SQLException {
    int seconds = querySeconds.getAsInt();
    if (seconds > 0) {
      statement.setQueryTimeout(seconds);
    }
  }

  private static boolean endsTransaction(String method, Object @Nullable [] arguments) {
    return switch (method) {
      case "commit", "close", "abort", "setAutoCommit" -> true;
      case "rollback" -> arguments == null;
      default -> false;
    };
  }
}
