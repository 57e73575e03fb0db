package io.stagepost.inbox;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;

/** Listens to what is said to a database, and which of it has no query timeout. */
public final class Said {
  public final List<String> statements = new CopyOnWriteArrayList<>();
  final List<String> untimed = new CopyOnWriteArrayList<>();

  public DataSource over(DataSource database) {
    return proxy(
        DataSource.class,
        (proxy, method, arguments) -> {
          Object result = call(() -> method.invoke(database, arguments));
          return result instanceof Connection connection ? over(connection) : result;
        });
  }

  private Connection over(Connection connection) {
    return proxy(
        Connection.class,
        (proxy, method, arguments) -> {
          Object result = call(() -> method.invoke(connection, arguments));
          return result instanceof Statement statement
              ? over(statement, method.getReturnType(), arguments == null ? "" : arguments[0])
              : result;
        });
  }

  private Object over(Statement statement, Class<?> type, Object prepared) {
    return proxy(
        type,
        (proxy, method, arguments) -> {
          if (method.getName().startsWith("execute")) {
            String sql = String.valueOf(arguments == null ? prepared : arguments[0]);
            statements.add(sql);
            if (statement.getQueryTimeout() == 0) {
              untimed.add(sql);
            }
          }
          return call(() -> method.invoke(statement, arguments));
        });
  }

  private interface Call {
    Object of() throws ReflectiveOperationException;
  }

  private static Object call(Call call) throws Throwable {
    try {
      return call.of();
    } catch (InvocationTargetException thrown) {
      throw thrown.getTargetException();
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(Said.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
