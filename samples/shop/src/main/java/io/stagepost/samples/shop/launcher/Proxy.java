package io.stagepost.samples.shop.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Stands between the services and the broker, so that connections can be cut. Thread-safe. */
final class Proxy implements AutoCloseable {
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile @Nullable InetSocketAddress target;

  private Proxy(ServerSocket server) {
    this.server = server;
  }

  /** Opens a proxy that leads nowhere yet: it accepts connections and closes them. */
  static Proxy open() throws IOException {
    Proxy proxy = new Proxy(new ServerSocket(0, 0, InetAddress.getLoopbackAddress()));
    start("proxy", proxy::accept);
    return proxy;
  }

  int port() {
    return server.getLocalPort();
  }

  String address() {
    return server.getInetAddress().getHostAddress() + ":" + port();
  }

  /** Leads there what connects from now on. */
  void leadTo(String address) {
    int colon = address.lastIndexOf(':');
    target =
        new InetSocketAddress(
            address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
  }

  /**
   * Leads nowhere from now on. While its target is down: who keeps trying to connect to a port that
   * is free ends up, one day, with that port as its own.
   */
  void leadNowhere() {
    target = null;
  }

  /** Closes every connection; returns how many of clients that were. */
  int cut() {
    int closed = 0;
    for (Socket socket : open) {
      if (socket.getLocalPort() == port()) {
        closed++;
      }
      close(socket);
    }
    return closed;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        start("proxy-client", () -> lead(client));
      } catch (IOException closed) {
        // the end, or a client that was gone before it was accepted
      }
    }
  }

  private void lead(Socket client) {
    InetSocketAddress to = target;
    try (client;
        Socket broker = new Socket()) {
      if (to == null) {
        return;
      }
      broker.connect(to);
      client.setTcpNoDelay(true);
      broker.setTcpNoDelay(true);
      open.add(client);
      open.add(broker);
      start("proxy-broker", () -> pump(broker, client));
      pump(client, broker);
    } catch (IOException down) {
      // the broker does not answer, so the client gets no answer either
    } finally {
      open.remove(client);
    }
  }

  /** Carries bytes until one side ends, then ends both. */
  private void pump(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException cut) {
      // an end like any other
    } finally {
      open.remove(from);
    }
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      // as it should be
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException gone) {
      // as it should be
    }
    cut();
  }
}
