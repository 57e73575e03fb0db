package io.stagepost.outbox.relay;

import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.Topology;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which broker, and how to get there: as for {@code dlq}. Passwords are never shown. */
final class BrokerOptions {
  private static final String KAFKA = "kafka://";
  private static final Pattern PASSWORD = Pattern.compile("://[^/@]*:[^/@]*@");

  /**
   * What a service could write is not to be refused here: the broker's own limit is to decide, and
   * not the producer's of 1 MiB. As much as the producer's buffer holds by default, 32 MiB.
   */
  private static final String LARGEST = Integer.toString(32 << 20);

  @Option(
      names = "--broker",
      paramLabel = "URL",
      defaultValue = "${env:RELAY_BROKER}",
      description = {
        "kafka://host:port[,host:port] or amqp[s]://user@host:port/virtual-host (several separated"
            + " by commas). With a password, only as its default: the environment variable"
            + " RELAY_BROKER."
      })
  private @Nullable String broker;

  @Option(
      names = "--broker-config",
      paramLabel = "FILE",
      defaultValue = "${env:RELAY_BROKER_CONFIG}",
      description = {
        "A properties file. Kafka: the client's own properties, such as security.protocol."
            + " RabbitMQ: trusted-certificates, client-certificate (PEM, or PKCS12 with"
            + " trusted-password, client-password), sasl=external, verify-host=false."
            + " Default: the environment variable RELAY_BROKER_CONFIG."
      })
  private @Nullable Path config;

  @Option(
      names = "--allow-plaintext",
      description =
          "Talk to other machines without TLS, so that events and passwords travel readable.")
  private boolean plaintext;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** For picocli. */
  BrokerOptions() {}

  /**
   * The broker. Creates no addresses: that is for the services.
   *
   * @return open until closed; connects when it is first used
   * @throws ParameterException if the options are wrong
   */
  Transport open() {
    CommandSpec command = requireNonNull(spec);
    if (broker == null || broker.isBlank()) {
      throw wrong("Name a broker: --broker URL, or the environment variable RELAY_BROKER.", null);
    }
    if (command.commandLine().getParseResult().hasMatchedOption("--broker")
        && PASSWORD.matcher(broker).find()) {
      throw ConfigFile.secret("--broker", "RELAY_BROKER", command);
    }
    Map<String, String> settings = ConfigFile.read(config, command);
    try {
      if (broker.startsWith(KAFKA)) {
        return kafka(broker.substring(KAFKA.length()), settings);
      }
      if (broker.startsWith("amqp://") || broker.startsWith("amqps://")) {
        return amqp(broker.split(","), settings);
      }
    } catch (ConfigurationException unusable) {
      throw wrong(String.join("\n", unusable.problems()), unusable);
    }
    throw wrong("A broker's URL begins with kafka://, amqp:// or amqps://.", null);
  }

  private Transport kafka(String servers, Map<String, String> settings) {
    KafkaTransport.Builder builder =
        KafkaTransport.builder().bootstrapServers(servers).topology(Topology.NONE);
    if (plaintext) {
      builder.allowPlaintext();
    }
    builder.property("max.request.size", LARGEST);
    settings.forEach(builder::property);
    return builder.build();
  }

  private Transport amqp(String[] uris, Map<String, String> left) {
    AmqpTransport.Builder builder = AmqpTransport.builder().uris(uris).topology(Topology.NONE);
    if (plaintext) {
      builder.allowPlaintext();
    }
    String trusted = left.remove("trusted-certificates");
    String trustedPassword = left.remove("trusted-password");
    if (trusted != null && trustedPassword != null) {
      builder.trustedCertificates(Path.of(trusted), trustedPassword);
    } else if (trusted != null) {
      builder.trustedCertificates(Path.of(trusted));
    }
    String client = left.remove("client-certificate");
    String clientPassword = left.remove("client-password");
    if (client != null && clientPassword != null) {
      builder.clientCertificate(Path.of(client), clientPassword);
    } else if (client != null) {
      builder.clientCertificate(Path.of(client));
    }
    if ("external".equals(left.remove("sasl"))) {
      builder.saslExternal();
    }
    if ("false".equals(left.remove("verify-host"))) {
      builder.hostnameVerification(false);
    }
    if (!left.isEmpty()) {
      throw wrong(
          config + " has properties that RabbitMQ's client does not: " + left.keySet(), null);
    }
    return builder.build();
  }

  private ParameterException wrong(String text, @Nullable Throwable cause) {
    return new ParameterException(requireNonNull(spec).commandLine(), text, cause);
  }
}
