package io.stagepost.amqp;

import com.rabbitmq.client.amqp.Address;
import com.rabbitmq.client.amqp.ConnectionBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the broker is, and who we are there.
 *
 * @param brokers at least one; they hold the same
 * @param virtualHost which part of it
 * @param login who we are
 * @param tls null for plaintext
 */
record ConnectionSettings(
    List<Address> brokers, String virtualHost, Login login, @Nullable Tls tls) {

  void apply(ConnectionBuilder builder, Address broker) {
    builder.addressSelector(unused -> broker).virtualHost(virtualHost);
    login.apply(builder);
    if (tls != null) {
      builder.tls().sslContext(tls.context()).hostnameVerification(tls.verifiesHost());
    }
  }

  /** The addresses, for people. */
  String where() {
    StringBuilder text = new StringBuilder();
    for (Address broker : brokers) {
      text.append(text.isEmpty() ? "" : ",")
          .append(broker.host())
          .append(':')
          .append(broker.port());
    }
    return text.append(virtualHost.equals("/") ? "" : "/" + virtualHost).toString();
  }

  @Override
  public String toString() {
    return login + " at " + where();
  }
}
