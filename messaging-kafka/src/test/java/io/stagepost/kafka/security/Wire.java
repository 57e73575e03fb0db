package io.stagepost.kafka.security;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What connections to a listener go through, so that they can be cut. */
final class Wire implements AutoCloseable {
  private final ServerSocket entry;
  private final int exit;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  Wire(int exit) throws IOException {
    this.exit = exit;
    this.entry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start("accept", this::accept);
  }

  int port() {
    return entry.getLocalPort();
  }

  /** Every connection; new ones are let through. */
  void cut() {
    open.forEach(Wire::close);
  }

  private void accept() {
    try {
      while (true) {
        Socket near = entry.accept();
        Socket far = new Socket(InetAddress.getLoopbackAddress(), exit);
        open.add(near);
        open.add(far);
        start("there", () -> copy(near, far));
        start("back", () -> copy(far, near));
      }
    } catch (IOException closed) {
      cut();
    }
  }

  private void copy(Socket from, Socket to) {
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      in.transferTo(out);
    } catch (IOException cut) {
      // as it should be
    } finally {
      close(from);
      close(to);
      open.remove(from);
      open.remove(to);
    }
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, "wire-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() throws IOException {
    entry.close();
  }
}
