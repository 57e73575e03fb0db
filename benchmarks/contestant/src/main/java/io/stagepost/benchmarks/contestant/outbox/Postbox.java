package io.stagepost.benchmarks.contestant.outbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** One way of sending letters with the transactions that they belong to. Used for one run. */
public interface Postbox {
  /** The business part of a transaction. */
  @FunctionalInterface
  interface Change {
    /**
     * Does it.
     *
     * @param connection in the transaction
     * @throws SQLException if the database failed
     */
    void in(Connection connection) throws SQLException;
  }

  /**
   * Prepares: tables of its own, whatever writing needs. Nothing is relayed yet.
   *
   * @param place where
   * @throws Exception if it cannot be done
   */
  void open(Place place) throws Exception;

  /**
   * One transaction, committed when this returns. Called by several threads at once; letters of one
   * key come from one thread.
   *
   * @param change the business part, first
   * @param letters to be sent; may be empty
   * @throws Exception if it cannot be done
   */
  void write(Change change, List<Letter> letters) throws Exception;

  /**
   * Begins to relay.
   *
   * @throws Exception if it cannot be done
   */
  void start() throws Exception;

  /**
   * What it has taken out of its table without sending it, for one that sends nothing.
   *
   * @return nothing, unless it is such a one
   */
  default Drained drained() {
    return Drained.NOTHING;
  }

  /**
   * What was taken out.
   *
   * @param rows how many in all
   * @param counted how many of them while the clock ran
   * @param seconds how long it ran
   */
  record Drained(long rows, long counted, double seconds) {
    /** Nothing was. */
    public static final Drained NOTHING = new Drained(0, 0, 0);

    /**
     * From its line.
     *
     * @param line as {@link #line} made it
     * @return the same
     */
    public static Drained parse(String line) {
      String[] part = line.split(" ", -1);
      return new Drained(
          Long.parseLong(part[0]), Long.parseLong(part[1]), Double.parseDouble(part[2]));
    }

    /**
     * As a line, for {@link #parse}.
     *
     * @return without a line's end
     */
    public String line() {
      return rows + " " + counted + " " + seconds;
    }
  }

  /**
   * Ends everything; nothing of it is left in the database or in this JVM.
   *
   * @throws Exception if it cannot be done
   */
  void close() throws Exception;
}
