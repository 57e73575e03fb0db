package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.Topology;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which broker, and how to get there. Passwords are never shown. */
final class BrokerOptions {
  private static final String KAFKA = "kafka://";
  private static final String KAFKA_PORT = ":9092";

  /** A name, an IPv4 address, or an IPv6 address in brackets; and a port. */
  private static final Pattern SERVER = Pattern.compile("(?:[\\w.-]+|\\[[\\w:.%]+])(:\\d{1,5})?");

  /**
   * What the broker has taken once it may be sent again: its own limit is to decide, and not the
   * producer's of 1 MiB. As much as the producer's buffer holds by default, 32 MiB.
   */
  private static final String LARGEST = Integer.toString(32 << 20);

  @Option(
      names = "--broker",
      paramLabel = "URL",
      defaultValue = "${env:DLQ_BROKER}",
      description = {
        "kafka://host:port[,host:port] or amqp[s]://user:password@host:port/virtual-host (several"
            + " separated by commas). Without a port: 9092, 5672 for amqp, 5671 for amqps. Default:"
            + " the environment variable DLQ_BROKER, which keeps passwords out of the process list."
      })
  private @Nullable String broker;

  @Option(
      names = "--broker-config",
      paramLabel = "FILE",
      defaultValue = "${env:DLQ_BROKER_CONFIG}",
      description = {
        "A properties file. Kafka: the client's own properties, such as security.protocol."
            + " RabbitMQ: trusted-certificates, client-certificate (PEM, or PKCS12 with"
            + " trusted-password, client-password), sasl=external, verify-host=false."
            + " Default: the environment variable DLQ_BROKER_CONFIG."
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
   * The broker, to read from and send to. It creates nothing.
   *
   * @return open until closed; connects when it is first used
   * @throws ParameterException if the options are wrong
   */
  Transport open() {
    return open(Topology.NONE);
  }

  /**
   * The broker, for what may create an address that is missing: the ledger.
   *
   * @return open until closed; connects when it is first used
   * @throws ParameterException if the options are wrong
   */
  Transport openCreating() {
    return open(Topology.AUTO_CREATE);
  }

  /**
   * The broker, for what compares addresses with what is needed. It creates nothing.
   *
   * @return open until closed; connects when it is first used
   * @throws ParameterException if the options are wrong
   */
  Transport openVerifying() {
    return open(Topology.VERIFY);
  }

  /** Whether machines elsewhere may be talked to without TLS. */
  boolean allowsPlaintext() {
    return plaintext;
  }

  /** Whether it is a Kafka. */
  boolean isKafka() {
    return url().startsWith(KAFKA);
  }

  /** Where notes go that are no results. */
  PrintWriter err() {
    return requireNonNull(spec).commandLine().getErr();
  }

  /**
   * Says how a letter is named, if it is not named as this broker has them.
   *
   * @throws ParameterException if it is not
   */
  void require(LetterName name) {
    boolean hasPartition = name.id().indexOf('-') >= 0;
    if (isKafka() != hasPartition) {
      throw wrong(
          "'"
              + name
              + "' names no letter "
              + (isKafka()
                  ? "of Kafka: write ADDRESS@PARTITION-POSITION, such as "
                      + name.address()
                      + "@0-17"
                  : "of RabbitMQ: write ADDRESS@POSITION, such as " + name.address() + "@17")
              + ", as peek shows it",
          null);
    }
  }

  private String url() {
    if (broker == null || broker.isBlank()) {
      throw wrong("Name a broker: --broker URL, or the environment variable DLQ_BROKER.", null);
    }
    return broker.trim();
  }

  private Transport open(Topology topology) {
    try {
      if (isKafka()) {
        return kafka(url().substring(KAFKA.length()), topology);
      }
      if (url().startsWith("amqp://") || url().startsWith("amqps://")) {
        return amqp(url().split(","), topology);
      }
    } catch (ConfigurationException unusable) {
      throw wrong(Remedies.in(String.join("\n", unusable.problems())), unusable);
    }
    throw wrong("A broker's URL begins with kafka://, amqp:// or amqps://.", null);
  }

  private Transport kafka(String servers, Topology topology) {
    KafkaTransport.Builder builder =
        KafkaTransport.builder().bootstrapServers(withPorts(servers)).topology(topology);
    if (plaintext) {
      builder.allowPlaintext();
    }
    builder.property("max.request.size", LARGEST);
    settings().forEach(builder::property);
    return builder.build();
  }

  /** What is wrong is not repeated: it may be a password. */
  private String withPorts(String servers) {
    return Arrays.stream(servers.replaceAll("/+$", "").split(",", -1))
        .map(String::strip)
        .map(
            server -> {
              Matcher parts = SERVER.matcher(server);
              if (!parts.matches()) {
                throw wrong(
                    "A Kafka's URL is not understood: write kafka://host:port[,host:port]. Users"
                        + " and passwords stand in --broker-config, and nothing behind the port.",
                    null);
              }
              return parts.group(1) == null ? server + KAFKA_PORT : server;
            })
        .collect(Collectors.joining(","));
  }

  private Transport amqp(String[] uris, Topology topology) {
    AmqpTransport.Builder builder = AmqpTransport.builder().uris(uris).topology(topology);
    if (plaintext) {
      builder.allowPlaintext();
    }
    Map<String, String> left = settings();
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

  private Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    if (config != null) {
      Properties read = new Properties();
      try (Reader file = Files.newBufferedReader(config)) {
        read.load(file);
      } catch (IOException | IllegalArgumentException unreadable) {
        throw wrong(config + " cannot be read: " + unreadable.getMessage(), unreadable);
      }
      read.stringPropertyNames().forEach(name -> settings.put(name, read.getProperty(name)));
    }
    return settings;
  }

  private ParameterException wrong(String text, @Nullable Throwable cause) {
    return new ParameterException(requireNonNull(spec).commandLine(), text, cause);
  }
}
