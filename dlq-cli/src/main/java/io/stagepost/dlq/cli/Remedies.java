package io.stagepost.dlq.cli;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What to do, in the command's options: the library says it in calls of its builders. */
final class Remedies {
  /**
   * A remedy.
   *
   * @param code of the error
   * @param there what the library says; {@code *} stands for anything
   * @param here what the command says in its place
   */
  record Remedy(String code, String there, String here) {
    String in(String text) {
      return text.contains(code)
          ? pattern().matcher(text).replaceAll(Matcher.quoteReplacement(here))
          : text;
    }

    private Pattern pattern() {
      return Pattern.compile(
          Arrays.stream(there.split("\\*", -1))
              .map(Pattern::quote)
              .collect(Collectors.joining(".*?")));
    }
  }

  /** Of all errors that the command's user can meet, those that speak to programs. */
  static final List<Remedy> ALL =
      List.of(
          new Remedy(
              "SP-KAFKA-001", "it is given by bootstrapServers(...)", "it is given by --broker"),
          new Remedy(
              "SP-KAFKA-001",
              "it is the publish timeout, set by Messaging.builder(...).publishTimeout(...)",
              "the command sets it"),
          new Remedy(
              "SP-KAFKA-002",
              "Correct the transport's properties.",
              "Correct --broker, or the properties in --broker-config."),
          new Remedy(
              "SP-KAFKA-004", ", or let the transport do so: topology(Topology.AUTO_CREATE).", "."),
          new Remedy(
              "SP-KAFKA-005",
              "that the address is right, and that security.protocol is the listener's;"
                  + " default.api.timeout.ms says how long to wait.",
              "that --broker has its address, and that security.protocol in --broker-config is the"
                  + " listener's; default.api.timeout.ms there says how long to wait."),
          new Remedy(
              "SP-KAFKA-006",
              "it needs DESCRIBE, READ to consume, WRITE to publish, CREATE where the transport is"
                  + " to create topics.",
              "it needs DESCRIBE and READ to look; to replay, WRITE where letters go and on the"
                  + " ledger, and CREATE for the ledger."),
          new Remedy(
              "SP-KAFKA-007",
              "Set partitions(...) and replicationFactor(...) to what the broker allows, or create"
                  + " it by hand.",
              "Create it by hand."),
          new Remedy(
              "SP-KAFKA-008",
              "says that a topic does not exist. Check its name.",
              "says that a topic does not exist. Check its name: dlq ls --all lists what is there."),
          new Remedy(
              "SP-KAFKA-040",
              "Set it to SSL or SASL_SSL, or choose plaintext:"
                  + " KafkaTransport.builder().allowPlaintext().",
              "Set it to SSL or SASL_SSL in a file, --broker-config FILE, or choose plaintext:"
                  + " --allow-plaintext."),
          new Remedy(
              "SP-KAFKA-042",
              "that the broker's certificate names its host",
              "that the broker's certificate names its host (ssl.* in --broker-config)"),
          new Remedy(
              "SP-KAFKA-042",
              "user and password, or the token's audience, issuer and expiry, and sasl.mechanism",
              "user and password, or the token's audience, issuer and expiry, and sasl.mechanism"
                  + " (sasl.* in --broker-config)"),
          new Remedy(
              "SP-KAFKA-043",
              "what it is asked with (sasl.jaas.config, sasl.oauthbearer.*)",
              "what it is asked with (sasl.jaas.config, sasl.oauthbearer.* in --broker-config)"),
          new Remedy(
              "SP-KAFKA-050",
              "; or, if that is meant, say so: KafkaTransport.builder().compacted(\"*\").",
              "."),
          new Remedy(
              "SP-KAFKA-058",
              "give it as in a message's origin: partitions are numbered from 0, positions are"
                  + " offsets.",
              "a letter is named ADDRESS@PARTITION-OFFSET, with partitions from 0. See: dlq peek"
                  + " ADDRESS"),
          new Remedy(
              "SP-AMQP-001",
              "Check address and network, and that the virtual host exists and the user may enter"
                  + " it",
              "Check address and virtual host in --broker and the network, and that the user may"
                  + " enter that virtual host"),
          new Remedy(
              "SP-AMQP-002",
              "Grant it write on exchanges to publish to, read on queues to consume, and configure"
                  + " where the transport declares them; docs/rabbitmq.md says what.",
              "Grant it read on what it looks at; to replay, write where letters go and on the"
                  + " ledger, and configure on the ledger."),
          new Remedy(
              "SP-AMQP-003",
              "Create it, or let the transport do so (Topology.AUTO_CREATE).",
              "Check its name, or start the service that creates it."),
          new Remedy(
              "SP-AMQP-032",
              "Create it, or let the transport do so (Topology.AUTO_CREATE).",
              "Check its name, or start the service that creates it."),
          new Remedy(
              "SP-AMQP-004",
              "Start the subscription once, or declare it: AmqpTransport.builder().group(\"*\","
                  + " \"its name\").",
              "Start the subscription once."),
          new Remedy(
              "SP-AMQP-009",
              "saslExternal() lacks a client certificate; call clientCertificate(...) or"
                  + " sslContext(...), and write amqps in the URIs.",
              "sasl=external lacks a client certificate; name client-certificate in"
                  + " --broker-config, and write amqps in --broker."),
          new Remedy(
              "SP-AMQP-009",
              "user and password in the first URI, saslExternal(), or oauth2(...).",
              "user and password in the first URL of --broker, or sasl=external in"
                  + " --broker-config."),
          new Remedy(
              "SP-AMQP-009",
              "A broker's URI is not understood; write",
              "A URL of --broker is not understood; write"),
          new Remedy("SP-AMQP-009", "Some URIs say amqp,", "Some URLs of --broker say amqp,"),
          new Remedy(
              "SP-AMQP-009",
              "TLS is set up, and the URIs say amqp; write amqps.",
              "--broker-config sets up TLS, and --broker says amqp; write amqps."),
          new Remedy(
              "SP-AMQP-010",
              "; or declare it yourself and set Topology.NONE.",
              "; or declare it yourself."),
          new Remedy(
              "SP-AMQP-019",
              " Or say that the channel needs no order: AmqpTransport.builder().unkeyed(...).",
              ""),
          new Remedy(
              "SP-AMQP-030",
              ". Dead letters and parking lots are streams; of a channel, say that it is kept:"
                  + " AmqpTransport.builder().keep(\"*\", Duration.ofDays(7)).",
              ". Check its name; if it is a queue, move its messages into a stream first, and read"
                  + " that: dlq collect."),
          new Remedy(
              "SP-AMQP-034",
              "Write amqps, or choose plaintext: AmqpTransport.builder().allowPlaintext().",
              "Write amqps, or choose plaintext: --allow-plaintext."),
          new Remedy(
              "SP-AMQP-040",
              "or PKCS12 with its password.",
              "or PKCS12 with its password (trusted-password, client-password in"
                  + " --broker-config)."),
          new Remedy(
              "SP-AMQP-041",
              "leave hostnameVerification(...) alone.",
              "leave verify-host=false out of --broker-config."),
          new Remedy(
              "SP-AMQP-042",
              "that the broker's certificate names its host",
              "that the broker's certificate names its host (trusted-certificates,"
                  + " client-certificate in --broker-config)"),
          new Remedy(
              "SP-AMQP-055",
              "the same AmqpTransport.builder().partitions(...);",
              "the same number of partitions;"),
          new Remedy(
              "SP-SCHEMA-303",
              "Use https, or choose plaintext: allowPlaintext().",
              "Use https, or choose plaintext: --allow-plaintext."));

  private Remedies() {}

  /** A text of the library, with the command's remedies. */
  static String in(String text) {
    String told = text;
    for (Remedy remedy : ALL) {
      told = remedy.in(told);
    }
    return told;
  }
}
