package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Letter;
import io.stagepost.dlq.Letters;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.spi.Transport;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Shows one letter in full. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Show one letter in full, without consuming it.",
    description = {
      "",
      "Its attributes, why it failed, the way it took, its headers, and its payload: JSON and text"
          + " as they are; Avro and Protobuf by the schema in the registry or in the contract; what"
          + " cannot be decoded as a hex dump, with the reason.",
      "",
      "Fields that a schema marks as x-sensitive are masked, and so are headers that are named like"
          + " secrets (authorization, cookie, token, password, api-key ...); --unmask shows them. A"
          + " payload of which no schema is known, and the exception's message, are not masked."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq show orders.payments.dead-letter@3-1042",
      "  dlq show orders.payments.dead-letter@3-1042 --contract payments.asyncapi.yaml",
      "  dlq show orders.payments.dead-letter@3-1042 --registry http://localhost:8081 --output json"
    })
@Ends(ExitCode.NOTHING_MATCHED)
final class ShowCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "LETTER",
      converter = LetterName.Converter.class,
      description =
          "ADDRESS@PARTITION-POSITION (Kafka) or ADDRESS@POSITION (RabbitMQ), as peek names it.")
  private @Nullable LetterName name;

  @Option(names = "--unmask", description = "Show what is sensitive, too.")
  private boolean unmask;

  @Mixin private ContractOptions contracts = new ContractOptions();
  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private LedgerOptions ledger = new LedgerOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  ShowCommand() {}

  @Override
  public Integer call() {
    LetterName wanted = requireNonNull(name);
    broker.require(wanted);
    try (Transport transport = broker.open();
        SchemaRegistry schemas = registry.open(broker.allowsPlaintext())) {
      Letter letter =
          Letters.on(transport)
              .find(wanted.address(), wanted.id())
              .orElseThrow(
                  () ->
                      new MessagingException(
                          "SP-DLQ-102",
                          "No letter lies at "
                              + wanted
                              + ": it is gone, by retention, or never was there. List what is"
                              + " there: dlq peek "
                              + wanted.address()));
      ShownPayload payload = new Payloads(contracts.read(), schemas, unmask).of(letter);
      ObjectNode document =
          LetterDocument.of(
              letter,
              payload,
              ledger.resolutions(transport, wanted.address()).of(letter).orElse(null),
              unmask);
      if (output.isTable()) {
        new LetterPage(output).print(document, payload);
      } else {
        Document.print(document, output);
      }
    }
    return ExitCode.DONE.number();
  }
}
