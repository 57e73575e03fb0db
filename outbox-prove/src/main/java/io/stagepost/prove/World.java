package io.stagepost.prove;

import io.stagepost.Messaging;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.outbox.Outbox;
import io.stagepost.testkit.fixture.TcpProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** All that runs: database, broker, and the processes between them. */
final class World implements AutoCloseable {
  private static final int RELAYS = 3;
  private static final int OTHERS = 2;

  final DatabaseServer database;
  final BrokerServer broker;
  final List<Child> relays = new ArrayList<>();
  final List<Child> writers = new ArrayList<>();
  final List<Child> consumers = new ArrayList<>();
  final Messaging messaging;
  final Outbox outbox;

  World(Path directory, Options options, boolean mounts)
      throws IOException, InterruptedException, SQLException {
    database = DatabaseServer.start(options.database(), directory.resolve("database"), mounts);
    broker = new BrokerServer(directory.resolve("broker"));
    Wiring own = wiring("launcher", 0, directory, options);
    messaging = own.messaging();
    outbox = Outbox.over(messaging, own.dialect().dataSource(own));
    messaging.prepare(Note.TYPE);
    outbox.createSchema();
    JdbcInbox.in(own.dialect().dataSource(own)).createSchema();
    createTables(own.dialect());
    for (int i = 1; i <= RELAYS; i++) {
      relays.add(child("relay-" + i, 0, RelayProcess.class, directory, options));
    }
    for (int i = 1; i <= OTHERS; i++) {
      writers.add(child("writer-" + i, 1, WriterProcess.class, directory, options));
      consumers.add(child("consumer-" + i, 2, ConsumerProcess.class, directory, options));
    }
    children().forEach(Child::start);
  }

  private void createTables(Dialect dialect) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        PreparedStatement insert =
            connection.prepareStatement("insert into account (event_key, seq) values (?, 0)")) {
      for (String sql : dialect.setUp()) {
        statement.execute(sql);
      }
      for (int i = 0; i < WriterProcess.KEYS; i++) {
        insert.setString(1, "key" + i);
        insert.executeUpdate();
      }
    }
  }

  private Wiring wiring(String name, int proxy, Path directory, Options options)
      throws SQLException {
    return new Wiring(
        name,
        options.database(),
        database.url(proxy),
        database.admit(name),
        database.password(),
        broker.address(),
        Math.max(1, options.rate() / OTHERS),
        options.pipelined(),
        options.mutation(),
        directory);
  }

  private Child child(String name, int proxy, Class<?> main, Path directory, Options options)
      throws SQLException {
    return new Child(
        wiring(name, proxy, directory, options), main, directory.resolve(name + ".log"));
  }

  List<Child> children() {
    return Stream.of(relays, writers, consumers).flatMap(List::stream).toList();
  }

  static long total(List<Child> children, String counter) {
    return children.stream().mapToLong(child -> child.total(counter)).sum();
  }

  /** Makes sure that all is well again. */
  void heal() throws InterruptedException {
    proxies().forEach(TcpProxy::release);
    if (!database.answers(30)) {
      database.restart();
    }
    if (ProcessHandle.of(broker.processes().get(0)).isEmpty()) {
      broker.restart();
    }
  }

  private List<TcpProxy> proxies() {
    List<TcpProxy> all = new ArrayList<>(database.proxies());
    all.add(broker.proxy());
    return all;
  }

  @Override
  public void close() {
    children().forEach(Child::close);
    messaging.close();
    broker.close();
    database.close();
  }
}
