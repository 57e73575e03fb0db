package io.stagepost.samples.shop.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProxyTest {
  private ServerSocket broker;
  private Proxy proxy;

  @BeforeEach
  void open() throws IOException {
    broker = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    proxy = Proxy.open();
    proxy.leadTo("127.0.0.1:" + broker.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    broker.close();
  }

  @Test
  void bytes_go_through_in_both_directions_until_one_side_ends() throws IOException {
    try (Socket client = connect();
        Socket accepted = broker.accept()) {
      client.getOutputStream().write(new byte[] {1, 2});
      assertThat(accepted.getInputStream().readNBytes(2)).containsExactly(1, 2);
      accepted.getOutputStream().write(3);
      assertThat(client.getInputStream().read()).isEqualTo(3);
      accepted.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void a_cut_ends_every_connection_and_the_next_one_goes_through() throws IOException {
    try (Socket client = connect();
        Socket accepted = broker.accept();
        Socket another = connect();
        Socket alsoAccepted = broker.accept()) {
      await().until(() -> proxy.cut() > 0);
      await().until(() -> isEnded(client) && isEnded(accepted));
      proxy.cut();
      await().until(() -> isEnded(another) && isEnded(alsoAccepted));
      assertThat(proxy.cut()).isZero();
    }
    try (Socket client = connect();
        Socket accepted = broker.accept()) {
      client.getOutputStream().write(1);
      assertThat(accepted.getInputStream().read()).isEqualTo(1);
    }
  }

  @Test
  void what_leads_nowhere_ends_at_once() throws IOException {
    proxy.leadNowhere();
    try (Socket client = connect()) {
      assertThat(isEnded(client)).isTrue();
    }
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
  }

  private static boolean isEnded(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }
}
