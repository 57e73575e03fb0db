package io.stagepost.amqp;

import com.rabbitmq.client.amqp.ConnectionBuilder;
import com.rabbitmq.client.amqp.ConnectionSettings;
import com.rabbitmq.client.amqp.OAuth2Settings;
import java.util.Map;

/** How a connection says who it is. None of them shows its secrets. */
sealed interface Login {
  void apply(ConnectionBuilder builder);

  /** The mechanism, for people. */
  String mechanism();

  /** Who we are, for people. */
  String user();

  /** What is to be checked when the broker does not let us in. */
  String remedy();

  /** SASL PLAIN. */
  record Password(String user, String password) implements Login {
    @Override
    public void apply(ConnectionBuilder builder) {
      builder.username(user).password(password);
    }

    @Override
    public String mechanism() {
      return "PLAIN";
    }

    @Override
    public String remedy() {
      return "user and password";
    }

    @Override
    public String toString() {
      return user;
    }
  }

  /** SASL EXTERNAL: TLS has shown who we are. */
  record External() implements Login {
    @Override
    public void apply(ConnectionBuilder builder) {
      builder.saslMechanism(ConnectionSettings.SASL_MECHANISM_EXTERNAL);
    }

    @Override
    public String mechanism() {
      return "EXTERNAL";
    }

    @Override
    public String user() {
      return "(as in the client certificate)";
    }

    @Override
    public String remedy() {
      return "that the broker trusts the certificate's issuer, has the plugin rabbitmq_auth_mechanism_ssl and EXTERNAL among its"
          + " auth_mechanisms, and that a user of the certificate's name exists there"
          + " (ssl_cert_login_from)";
    }

    @Override
    public String toString() {
      return user();
    }
  }

  /** A bearer token, by OAuth 2 client credentials; RabbitMQ takes it as the password of PLAIN. */
  record Token(
      String tokenEndpoint, String user, String clientSecret, Map<String, String> parameters)
      implements Login {
    @Override
    public void apply(ConnectionBuilder builder) {
      OAuth2Settings<?> settings =
          builder
              .oauth2()
              .tokenEndpointUri(tokenEndpoint)
              .clientId(user)
              .clientSecret(clientSecret);
      parameters.forEach(settings::parameter);
    }

    @Override
    public String mechanism() {
      return "PLAIN, with a token of " + tokenEndpoint.split("\\?", 2)[0];
    }

    @Override
    public String remedy() {
      return "the token's audience, scopes and expiry, the key it is signed with, and"
          + " that rabbit_auth_backend_oauth2 is among the broker's auth_backends";
    }

    @Override
    public String toString() {
      return user;
    }
  }
}
