/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * A PostgreSQL database that tells, of every statement that is sent to it about exports, how it is going to be
 * executed, with the parameters that it is sent with.
 */
public final class ExplainedDataSource extends DelegatingDataSource {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern ABOUT_EXPORTS = Pattern.compile(
            "\\s*(select|update|delete)\\b.*\\bhbp_export.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** Statements of the tests say so of what has been made for them. */
    private static final String OF_A_TEST = "filled-";

    private static final int PLANS_PER_STATEMENT = 10;

    private final Map<String, Integer> explained = new ConcurrentHashMap<>();
    private final Map<String, String> faults = new ConcurrentSkipListMap<>();

    public ExplainedDataSource(DataSource dataSource) {
        super(dataSource);
    }

    /** How many different statements have been looked at. */
    public int statements() {
        return explained.size();
    }

    /** The statements that read a table of exports whole, or look something up for each row, and how. */
    public Map<String, String> faults() {
        return faults;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = super.getConnection();
        return proxy(Connection.class, (method, arguments) -> {
            Object result = invoke(connection, method, arguments);
            return result instanceof PreparedStatement statement
                            && arguments[0] instanceof String sql
                            && ABOUT_EXPORTS.matcher(sql).matches()
                            && !sql.contains(OF_A_TEST)
                    ? explained(connection, sql, statement)
                    : result;
        });
    }

    private PreparedStatement explained(Connection connection, String sql, PreparedStatement statement) {
        List<Setting> settings = new ArrayList<>();
        return proxy(PreparedStatement.class, (method, arguments) -> {
            if (method.getName().startsWith("set") && arguments != null && arguments.length > 1) {
                settings.add(new Setting(method, Arrays.asList(arguments)));
            } else if (method.getName().startsWith("execute")
                    && explained.merge(sql, 1, Integer::sum) <= PLANS_PER_STATEMENT) {
                explain(connection, sql, settings);
            }
            return invoke(statement, method, arguments);
        });
    }

    private void explain(Connection connection, String sql, List<Setting> settings) throws SQLException {
        try (PreparedStatement explain = connection.prepareStatement("explain (format json) " + sql)) {
            for (Setting setting : settings) {
                invoke(explain, setting.method(), setting.arguments().toArray());
            }
            try (ResultSet plan = explain.executeQuery()) {
                plan.next();
                look(sql, JSON.readTree(plan.getString(1)).path(0).path("Plan"));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private void look(String sql, JsonNode plan) {
        String relation = plan.path("Relation Name").asText().toLowerCase(Locale.ROOT);
        if (plan.path("Node Type").asText().equals("Seq Scan") && relation.startsWith("hbp_export")) {
            faults.put(sql, "reads " + relation + " whole: " + plan);
        }
        if (plan.path("Parent Relationship").asText().equals("SubPlan")) {
            faults.put(sql, "has a plan for each row: " + plan);
        }
        plan.path("Plans").forEach(part -> look(sql, part));
    }

    private record Setting(Method method, List<Object> arguments) {}

    private interface Call {
        Object to(Method method, Object[] arguments) throws SQLException;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                ExplainedDataSource.class.getClassLoader(),
                Set.of(type).toArray(Class<?>[]::new),
                (self, method, arguments) -> call.to(method, arguments)));
    }

    private static Object invoke(Object target, Method method, Object[] arguments) throws SQLException {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SQLException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
