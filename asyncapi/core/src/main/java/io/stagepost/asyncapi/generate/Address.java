package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.ParameterSpec;
import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A channel's address: a text, or one that is put together of parameters when a program knows them.
 */
final class Address {
  private static final Pattern PARAMETER = Pattern.compile("\\{([^{}]*)}");

  /** The parameter for an address of which nothing is known beforehand. */
  private static final String WHOLE = "channel";

  private final CodeBlock expression;
  private final List<ParameterSpec> parameters;

  private Address(CodeBlock expression, List<ParameterSpec> parameters) {
    this.expression = expression;
    this.parameters = parameters;
  }

  static Address of(Channel channel) {
    String address = channel.address();
    if (address == null) {
      return new Address(
          CodeBlock.of(WHOLE), List.of(ParameterSpec.builder(Types.STRING, WHOLE).build()));
    }
    List<CodeBlock> parts = new ArrayList<>();
    List<ParameterSpec> parameters = new ArrayList<>();
    Names.Taken names = new Names.Taken();
    for (String taken : new String[] {WHOLE, "messaging", "inbox", "handlers", "data", "cause"}) {
      names.unique(taken);
    }
    Matcher matcher = PARAMETER.matcher(address);
    StringBuilder text = new StringBuilder();
    int from = 0;
    while (matcher.find()) {
      text.append(address, from, matcher.start());
      from = matcher.end();
      Parameter parameter = channel.parameters().get(matcher.group(1));
      if (parameter != null && parameter.values().size() == 1) {
        text.append(parameter.values().get(0));
        continue;
      }
      if (text.length() > 0 || parts.isEmpty()) {
        parts.add(CodeBlock.of("$S", text.toString()));
        text.setLength(0);
      }
      String name = names.unique(Names.member(matcher.group(1)));
      parts.add(CodeBlock.of("$L", name));
      parameters.add(ParameterSpec.builder(Types.STRING, name).build());
    }
    text.append(address.substring(from));
    if (text.length() > 0 || parts.isEmpty()) {
      parts.add(CodeBlock.of("$S", text.toString()));
    }
    return new Address(CodeBlock.join(parts, " + "), parameters);
  }

  boolean isFixed() {
    return parameters.isEmpty();
  }

  CodeBlock expression() {
    return expression;
  }

  List<ParameterSpec> parameters() {
    return parameters;
  }

  /** What is said of a parameter. */
  static CodeBlock javadoc(ParameterSpec parameter) {
    return CodeBlock.of(
        "@param $L $L\n",
        parameter.name(),
        parameter.name().equals(WHOLE) ? "the address" : "of the channel's address");
  }
}
