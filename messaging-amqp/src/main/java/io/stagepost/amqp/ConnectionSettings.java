package io.stagepost.amqp;

import com.rabbitmq.client.amqp.Address;
import com.rabbitmq.client.amqp.ConnectionBuilder;
import java.util.List;

/**
 * Where the broker is, and who we are there.
 *
 * @param brokers at least one; they hold the same
 * @param virtualHost which part of it
 * @param username who we are
 * @param password the proof; never shown
 */
record ConnectionSettings(
    List<Address> brokers, String virtualHost, String username, String password) {

  void apply(ConnectionBuilder builder, Address broker) {
    builder
        .host(broker.host())
        .port(broker.port())
        .virtualHost(virtualHost)
        .username(username)
        .password(password);
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
    return username + " at " + where();
  }
}
