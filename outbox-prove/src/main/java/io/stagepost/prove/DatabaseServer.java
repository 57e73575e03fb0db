package io.stagepost.prove;

import io.stagepost.prove.Dialect.Login;
import io.stagepost.prove.Dialect.Server;
import io.stagepost.testkit.fixture.TcpProxy;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A database server of the run's own, and the proxies that lead to it: one for each kind of
 * process. It may be killed, stopped and filled. Thread-safe as far as one fault at a time needs.
 */
final class DatabaseServer implements AutoCloseable {
  private static final int MOUNT_MEGABYTES = 1_024;

  private final Dialect dialect;
  private final Path directory;
  private final boolean isMounted;
  private final List<TcpProxy> proxies = List.of(TcpProxy.open(), TcpProxy.open(), TcpProxy.open());
  private volatile Server server;
  private final Login owner;

  private DatabaseServer(Dialect dialect, Path directory, boolean isMounted) {
    this.dialect = dialect;
    this.directory = directory;
    this.isMounted = isMounted;
    this.server = dialect.start(directory);
    this.owner = server.createDatabase("prove");
    lead();
  }

  /**
   * Starts it.
   *
   * @param dialect of which kind
   * @param directory which does not exist
   * @param mounts whether a file system of its own may be mounted for it
   */
  static DatabaseServer start(Dialect dialect, Path directory, boolean mounts)
      throws IOException, InterruptedException {
    Files.createDirectories(directory);
    boolean isMounted = false;
    if (mounts) {
      Process mount =
          new ProcessBuilder(
                  "mount",
                  "-t",
                  "tmpfs",
                  "-o",
                  "size=" + MOUNT_MEGABYTES + "m",
                  "tmpfs",
                  directory.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      isMounted = mount.waitFor() == 0;
    }
    return new DatabaseServer(dialect, directory, isMounted);
  }

  /** Whether its disk may be filled: whether it has one of its own. */
  boolean mayBeFilled() {
    return isMounted;
  }

  /** How to get there through a proxy; 0 to 2 are the proxies, less is past them. */
  String url(int proxy) {
    String direct = server.jdbcUrl(owner.database());
    return proxy < 0
        ? direct
        : direct.replaceFirst("//[^/]+/", "//" + proxies.get(proxy).address() + "/");
  }

  List<TcpProxy> proxies() {
    return proxies;
  }

  /** As whom a process connects, which it may from now on. */
  String admit(String process) throws SQLException {
    try (Connection connection = connect()) {
      return dialect.admit(connection, process, owner);
    }
  }

  String password() {
    return owner.password();
  }

  /** A connection past the proxies. */
  Connection connect() throws SQLException {
    return dialect
        .dataSource(
            new Wiring(
                "launcher",
                dialect,
                url(-1),
                owner.user(),
                password(),
                "",
                0,
                false,
                Mutation.NONE,
                directory))
        .getConnection();
  }

  private void lead() {
    String url = server.jdbcUrl(owner.database());
    String address = url.substring(url.indexOf("//") + 2, url.lastIndexOf('/'));
    proxies.forEach(proxy -> proxy.leadTo(address));
  }

  /** The server's processes. */
  List<Long> processes() throws IOException {
    return server.processes();
  }

  /** Ends all its processes by SIGKILL. */
  void kill() throws IOException, InterruptedException {
    Signals.kill(processes());
  }

  /** Starts it again, with what it had written. */
  void restart() throws InterruptedException {
    proxies.forEach(TcpProxy::leadNowhere);
    Server old = server;
    if (old.pid().isPresent()) {
      Signals.kill(List.of(old.pid().getAsLong()));
    }
    old.close();
    server = dialect.start(directory);
    lead();
  }

  /** Fills its disk until the file is deleted. */
  Path fill() throws IOException {
    Path filler = directory.resolve("filler");
    byte[] block = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(filler)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      if (!Files.exists(filler)) {
        throw full;
      }
    }
    return filler;
  }

  /** Whether it answers within some seconds. */
  boolean answers(int seconds) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < until) {
      try (Connection connection = connect()) {
        if (connection.isValid(5)) {
          return true;
        }
      } catch (SQLException down) {
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
    return false;
  }

  @Override
  public void close() {
    proxies.forEach(TcpProxy::close);
    server.close();
  }
}
