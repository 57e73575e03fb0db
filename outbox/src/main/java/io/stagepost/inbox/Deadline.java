package io.stagepost.inbox;

import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a transaction's time is over, and what follows for the timeouts of the database (rule D18).
 * They end it in this order:
 *
 * <pre>
 *   statement_timeout     a little before the deadline, by the server: the connection stays usable
 *   query timeout         less than a second after it, by the driver; for late statements only
 *   interruption          at it, by the subscription's watchdog
 *   network timeout       {@link #GRACE} after it, by the driver: the network is dead
 *   idle in transaction   {@link #GRACE} after it, by the server: this process is dead
 * </pre>
 *
 * The last two count from the beginning of each wait, so they may strike later, up to the handler's
 * whole time.
 *
 * <p>Thread-safe.
 */
final class Deadline {
  /** How long after the deadline nobody is waited for any more. */
  static final Duration GRACE = Duration.ofSeconds(30);

  /** How long before the deadline a statement ends, so that its error comes before it. */
  private static final long LEAD_MILLIS = 100;

  private static final long MAX_MILLIS = Integer.MAX_VALUE - GRACE.toMillis();

  /** A cancelled statement (PostgreSQL, H2; MariaDB), an idle transaction, a lock timeout (H2). */
  private static final Set<String> ENDINGS = Set.of("57014", "70100", "25P03", "HYT00");

  private final long started = System.nanoTime();
  private final Duration timeout;
  private final long millis;

  Deadline(Duration timeout) {
    this.timeout = timeout;
    this.millis =
        timeout.compareTo(Duration.ofMillis(MAX_MILLIS)) < 0 ? timeout.toMillis() : MAX_MILLIS;
  }

  private long remaining() {
    return Math.max(0, millis - elapsed());
  }

  private long elapsed() {
    return (System.nanoTime() - started) / 1_000_000;
  }

  /** How long a statement may take that begins now, in milliseconds; never 0, which is for ever. */
  int statementMillis() {
    long remaining = remaining();
    return (int) Math.max(1, remaining - lead(remaining));
  }

  private static long lead(long remaining) {
    return Math.min(LEAD_MILLIS, remaining / 10);
  }

  /**
   * The same for the JDBC driver, in seconds; 0 if there is no need, since the server's timeout,
   * which counts from the beginning of each statement, is true to a second.
   */
  int querySeconds() {
    return elapsed() < 1000 ? 0 : wholeSeconds();
  }

  /** The same where the server has no timeout of its own: always needed. */
  int wholeSeconds() {
    return (int) Math.max(1, (remaining() + 999) / 1000);
  }

  /** How long an answer, or the next statement, is waited for from now on, in milliseconds. */
  int graceMillis() {
    return (int) (remaining() + GRACE.toMillis());
  }

  /**
   * Whether a failure is the database's answer to these timeouts.
   *
   * @return the SQLSTATE of a cancelled statement or a lost connection, if the time is over, or so
   *     nearly that the server has seen it so; else null
   */
  @Nullable String ending(Throwable failure) {
    if (remaining() > lead(millis)) {
      return null;
    }
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 20; depth++) {
      if (cause instanceof SQLException sql
          && (sql instanceof SQLTimeoutException || isEnding(sql.getSQLState()))) {
        return Objects.requireNonNullElse(sql.getSQLState(), "timeout");
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static boolean isEnding(@Nullable String state) {
    return state != null && (ENDINGS.contains(state) || state.startsWith("08"));
  }

  @Override
  public String toString() {
    return timeout.toString();
  }
}
