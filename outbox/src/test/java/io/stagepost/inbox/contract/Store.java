package io.stagepost.inbox.contract;

import io.stagepost.spi.Inbox;
import java.sql.Connection;
import java.time.Duration;
import java.time.InstantSource;
import javax.sql.DataSource;

/** An empty database and an inbox in it, as the contract wants them. */
public interface Store {
  /** The database; each connection may be a new one. */
  DataSource dataSource();

  /** An inbox whose tables are there. All of one store share their tables. */
  Inbox<Connection> inbox(DataSource dataSource, Duration window, InstantSource clock);

  /** Has the inbox keep house now, even if it was done a moment ago. */
  void housekeep(Inbox<Connection> inbox) throws Exception;

  /** How many events are recorded, exactly. */
  long recorded() throws Exception;

  /** How many keys are held, exactly. */
  long held() throws Exception;

  /** How many statements wait for another transaction. */
  String countWaiting();

  /** A statement that takes so long. */
  String sleep(int seconds);
}
