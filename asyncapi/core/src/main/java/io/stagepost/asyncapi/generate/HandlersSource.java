package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import com.palantir.javapoet.TypeVariableName;
import io.stagepost.asyncapi.Operation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.lang.model.element.Modifier;

/** The interface of what an application does with what it receives. */
final class HandlersSource {
  private static final TypeVariableName RESOURCE = TypeVariableName.get("R");
  private static final ClassName INBOX = ClassName.get("io.stagepost.spi", "Inbox");

  private final Plan plan;
  private final boolean once;

  private HandlersSource(Plan plan) {
    this.plan = plan;
    this.once = plan.hasOnce();
  }

  static TypeSpec.Builder of(Plan plan) {
    return new HandlersSource(plan).type();
  }

  private TypeSpec.Builder type() {
    TypeSpec.Builder type =
        TypeSpec.interfaceBuilder(plan.handlers)
            .addModifiers(Modifier.PUBLIC)
            .addJavadoc(
                """
                Handles what $L receives: a method for each message. It must tolerate
                concurrent calls; events of one key come one at a time and in order.
                """,
                Docs.escaped(plan.contract.title()));
    if (once) {
      type.addTypeVariable(RESOURCE)
          .addJavadoc("\n@param <R> the resource of the inbox's transaction\n");
    }
    plan.received.forEach(use -> type.addMethod(handler(use)));
    Set<Plan.Carry> upcast = new LinkedHashSet<>();
    for (Plan.Use use : plan.received) {
      for (Plan.Carry at = use.carry(); at.older != null && upcast.add(at); at = at.older) {
        type.addMethod(upcast(at, at.older));
      }
    }
    List<Operation> receivers = plan.receivers();
    receivers.forEach(operation -> type.addMethod(subscribe(operation)));
    type.addMethod(all(receivers));
    return type;
  }

  private MethodSpec handler(Plan.Use use) {
    Plan.Carry carry = use.carry();
    MethodSpec.Builder method =
        MethodSpec.methodBuilder(use.method())
            .addModifiers(Modifier.PUBLIC, Modifier.ABSTRACT)
            .returns(Types.api("Outcome"))
            .addException(Exception.class)
            .addParameter(
                ParameterizedTypeName.get(Types.EVENT, carry.payload.type().box()), "event")
            .addJavadoc(ContractSource.said(carry))
            .addJavadoc("\n@param event the event\n");
    if (plan.isOnce(use)) {
      method
          .addParameter(RESOURCE, "resource")
          .addJavadoc(
              "@param resource the transaction in which it takes effect once; not to be ended\n");
    }
    method
        .addParameter(Types.api("Context"), "context")
        .addJavadoc(
            """
                @param context what else is known of the delivery
                @return what shall become of it
                @throws Exception any failure; the policy decides what follows
                """);
    if (ContractSource.isDeprecated(plan, carry)) {
      method.addAnnotation(Deprecated.class);
      method.addJavadoc(ContractSource.deprecation(plan, carry));
    }
    return method.build();
  }

  private static MethodSpec upcast(Plan.Carry newer, Plan.Carry older) {
    return MethodSpec.methodBuilder(upcasting(newer))
        .addModifiers(Modifier.PUBLIC, Modifier.ABSTRACT)
        .returns(newer.payload.type())
        .addParameter(older.payload.type(), "older")
        .addJavadoc(
            """
                Reads $L as $L. It must be pure.

                @param older what the older version carried
                @return the same, as the newer version says it
                """,
            Docs.escaped(older.type),
            Docs.escaped(newer.type))
        .build();
  }

  private static String upcasting(Plan.Carry newer) {
    return Names.member("to " + Plan.key(newer));
  }

  private TypeName handlers() {
    return once ? ParameterizedTypeName.get(plan.handlers, RESOURCE) : plan.handlers;
  }

  private TypeName builder() {
    return ParameterizedTypeName.get(
        Types.api("SubscriptionBuilder"), once ? RESOURCE : ClassName.get(Void.class));
  }

  private MethodSpec.Builder subscribing(String name) {
    MethodSpec.Builder method =
        MethodSpec.methodBuilder(name)
            .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
            .addParameter(Types.api("Messaging"), "messaging");
    if (once) {
      method
          .addTypeVariable(RESOURCE)
          .addParameter(ParameterizedTypeName.get(INBOX, RESOURCE), "inbox");
    }
    return method.addParameter(handlers(), "handlers");
  }

  private void javadoc(MethodSpec.Builder method, String first, String returned) {
    method.addJavadoc("$L\n\n@param messaging receives\n", first);
    if (once) {
      method.addJavadoc("@param inbox lets each event take effect once\n");
    }
    method.addJavadoc("@param handlers handle\n");
    for (ParameterSpec parameter : method.build().parameters()) {
      if (!Set.of("messaging", "inbox", "handlers").contains(parameter.name())) {
        method.addJavadoc(Address.javadoc(parameter));
      }
    }
    if (once) {
      method.addJavadoc("@param <R> the resource of the inbox's transaction\n");
    }
    method.addJavadoc("@return $L\n", returned);
  }

  private static String name(Operation operation) {
    return Names.member("subscribe " + operation.key());
  }

  private MethodSpec subscribe(Operation operation) {
    MethodSpec.Builder method = subscribing(name(operation)).returns(builder());
    Address address = Address.of(operation.channel());
    address.parameters().forEach(method::addParameter);
    javadoc(
        method,
        Docs.of(
                operation.summary() == null ? operation.title() : operation.summary(),
                "The subscription of the operation " + operation.key() + ".")
            .toString()
            .strip(),
        "not started, so that its policy and limits can be made stricter");
    CodeBlock.Builder code = CodeBlock.builder();
    code.add("return messaging\n.subscribe($S)", Generator.subscription(plan.contract, operation));
    if (once) {
      code.add("\n.inbox(inbox)");
    }
    code.add("\n.under($T.CONTRACT)", plan.constants);
    code.add("\n.policy($T.$L)", plan.constants, TermsSource.policy(operation));
    if (new TermsSource(plan.contract, operation).limits() != null) {
      code.add("\n.limits($T.$L)", plan.constants, TermsSource.limits(operation));
    }
    List<CodeBlock> skipped = skipped(operation);
    if (!skipped.isEmpty()) {
      code.add("\n.skipping($L)", CodeBlock.join(skipped, ",$W"));
    }
    for (Plan.Use use : plan.received) {
      if (use.operation().key().equals(operation.key())) {
        code.add(
            use.carry().older == null
                ? "\n.$L($L, handlers::$L)"
                : "\n.$L($>$>\n$L,\nhandlers::$L$<$<)",
            plan.isOnce(use) ? "onceIn" : "on",
            type(use.carry()),
            use.method());
      }
    }
    return method.addStatement(code.build()).build();
  }

  private CodeBlock type(Plan.Carry carry) {
    Address address = Address.of(carry.channel);
    CodeBlock type = CodeBlock.of("$T.$L", plan.constants, carry.constant);
    if (!address.isFixed()) {
      type = CodeBlock.of("$L.channel($L)", type, address.expression());
    }
    return carry.older == null
        ? type
        : CodeBlock.of(
            "$L.upcasting($>$>\n$L,\nhandlers::$L$<$<)", type, type(carry.older), upcasting(carry));
  }

  /** Types of the channel that are for others. */
  private List<CodeBlock> skipped(Operation operation) {
    Set<String> handled = new LinkedHashSet<>();
    for (Plan.Use use : plan.received) {
      if (use.operation().key().equals(operation.key())) {
        for (Plan.Carry at = use.carry(); at != null; at = at.older) {
          handled.add(at.type);
        }
      }
    }
    Set<String> others = new LinkedHashSet<>();
    operation
        .channel()
        .messages()
        .values()
        .forEach(
            message -> {
              String type = message.eventType();
              others.add(type == null ? message.name() : type);
            });
    others.removeAll(handled);
    return others.stream().map(type -> CodeBlock.of("$S", type)).toList();
  }

  private MethodSpec all(List<Operation> receivers) {
    List<Operation> fixed =
        receivers.stream().filter(each -> Address.of(each.channel()).isFixed()).toList();
    MethodSpec.Builder method =
        subscribing("subscribe").returns(ParameterizedTypeName.get(Types.LIST, builder()));
    javadoc(
        method,
        fixed.size() == receivers.size()
            ? "A subscription for each operation that receives."
            : "A subscription for each operation that receives at an address without parameters.",
        "not started, so that their policies and limits can be made stricter");
    List<CodeBlock> calls = new ArrayList<>();
    for (Operation operation : fixed) {
      calls.add(CodeBlock.of("$L(messaging, $Lhandlers)", name(operation), once ? "inbox, " : ""));
    }
    return method
        .addStatement(
            "return $T.of($L)",
            List.class,
            calls.size() == 1
                ? calls.get(0)
                : CodeBlock.of("$>$>\n$L$<$<", CodeBlock.join(calls, ",\n")))
        .build();
  }
}
