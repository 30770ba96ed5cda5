/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.hapibinary.catalog.operator.CatalogOverview;
import org.hapibinary.catalog.operator.ExportList;
import org.hapibinary.catalog.operator.ListedExport;
import org.hapibinary.catalog.operator.ListedFile;
import org.hapibinary.http.ShownUrl;
import org.hapibinary.operator.PageFrame.Place;
import org.hapibinary.plugin.Insight;
import org.hapibinary.plugin.OperatorActions;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.lang.Nullable;

/**
 * What is going on, and what an operator can do about it (CONTRACT §9, "Operator's view"): JSON, and pages for people.
 * Actuator asks for no token, so nobody has access until the operator has set it, even where a host exposes all
 * endpoints.
 */
@Endpoint(id = "hapibinary", defaultAccess = Access.NONE)
public final class OperatorEndpoint {

    private static final String EXPORTS = "exports";
    private static final String CLIENTS = "clients";
    private static final List<String> LEVELS = List.of("SYSTEM", "PATIENT", "GROUP");
    private static final int LATEST = 10;
    private static final int DEFAULT_SIZE = 25;
    private static final int LARGEST_SIZE = 100;
    private static final int MOST_FILES = 1_000;
    private static final int MOST_CLIENTS = 200;

    private final Insight insight;
    private final OperatorActions actions;
    private final Set<String> hosts;
    private final OverviewReader overviews;
    private final ExportList exports;
    private final CatalogOverview catalog;
    private final OverviewPage overviewPage;
    private final ExportPages exportPages;
    private final ClientsPage clientsPage;

    /**
     * @param insight what is shown
     * @param actions what can be done
     * @param hosts the names, in lower case, under which operators know the server, beside addresses and private names
     */
    public OperatorEndpoint(Insight insight, OperatorActions actions, Set<String> hosts) {
        this.insight = insight;
        this.actions = actions;
        this.hosts = Set.copyOf(hosts);
        this.overviews = new OverviewReader(insight, actions);
        this.exports = new ExportList(insight.database(), ShownUrl::withoutCredentials);
        this.catalog = new CatalogOverview(insight.database());
        PageFrame frame = new PageFrame();
        this.overviewPage = new OverviewPage(frame);
        this.exportPages = new ExportPages(frame);
        this.clientsPage = new ClientsPage(frame);
    }

    /** What is going on. */
    @ReadOperation(producesFrom = View.class)
    WebEndpointResponse<Object> overview(View view) {
        return view.answer(() -> {
            current();
            Overview overview = overviews.read();
            if (view == View.JSON) {
                return json(overview);
            }
            ExportList.Page latest = exports.page(new ExportList.Filter(null, null, null, null), null, LATEST);
            return page(overviewPage.page(place(0), overview, latest));
        });
    }

    /** A page of the exports, or the clients. */
    @ReadOperation(producesFrom = View.class)
    WebEndpointResponse<Object> list(
            @Selector String what,
            View view,
            @Nullable String state,
            @Nullable String client,
            @Nullable String issuer,
            @Nullable String level,
            @Nullable String before,
            @Nullable Integer size) {
        return view.answer(() -> {
            current();
            if (what.equals(CLIENTS)) {
                List<ListedClient> clients = ListedClient.of(actions.held(), catalog.stored(MOST_CLIENTS));
                return view == View.JSON
                        ? json(Map.of(CLIENTS, clients))
                        : page(clientsPage.page(place(1), insight.database().now(), clients));
            }
            if (!what.equals(EXPORTS)) {
                return notFound();
            }
            ExportList.Filter filter = new ExportList.Filter(
                    oneOf("state", state, ListedExport.STATES),
                    given(client),
                    given(issuer),
                    oneOf("level", level, LEVELS));
            int pageSize = Objects.requireNonNullElse(size, DEFAULT_SIZE);
            if (pageSize < 1 || pageSize > LARGEST_SIZE) {
                throw invalid("size", "size must be from 1 to " + LARGEST_SIZE);
            }
            try {
                ExportList.Page found = exports.page(filter, given(before), pageSize);
                return view == View.JSON
                        ? json(found)
                        : page(exportPages.list(place(1), insight.database().now(), filter, found, pageSize));
            } catch (IllegalArgumentException e) {
                throw invalid("before", "before must be the next of another page");
            }
        });
    }

    /** One export, with its files. */
    @ReadOperation(producesFrom = View.class)
    WebEndpointResponse<Object> one(@Selector String what, @Selector String id, View view) {
        return view.answer(() -> {
            current();
            ListedExport export = what.equals(EXPORTS) ? exports.find(id).orElse(null) : null;
            if (export == null) {
                return notFound();
            }
            List<ListedFile> files = exports.files(id, MOST_FILES);
            return view == View.JSON
                    ? json(Map.of("export", export, "files", files))
                    : page(exportPages.one(place(2), insight.database().now(), export, files));
        });
    }

    /** Ends an export and erases its files. */
    @DeleteOperation
    WebEndpointResponse<Object> end(@Selector String what, @Selector String id) {
        return View.JSON.answer(() -> {
            String operator = current().requireOwnSite().operator();
            return what.equals(EXPORTS)
                    ? actions.end(operator, id).map(OperatorEndpoint::json).orElseGet(OperatorEndpoint::notFound)
                    : notFound();
        });
    }

    /** Ends all exports of a client and erases their files. */
    @DeleteOperation
    WebEndpointResponse<Object> endAll(@Selector String what, @Nullable String issuer, @Nullable String client) {
        return View.JSON.answer(() -> {
            String operator = current().requireOwnSite().operator();
            return what.equals(CLIENTS)
                    ? json(actions.endAll(operator, required("issuer", issuer), required("client", client)))
                    : notFound();
        });
    }

    /** Runs a task at once, and answers when it has ended. Has no body. */
    @WriteOperation
    WebEndpointResponse<Object> run(@Selector String task) {
        return View.JSON.answer(() -> json(done(task)));
    }

    private Map<String, Object> done(String task) {
        String operator = current().requireOwnSite().operator();
        switch (task) {
            case "sweep" -> actions.sweep(operator);
            case "orphans" -> {
                return Map.of("erased", actions.eraseOrphans(operator));
            }
            case "adopt" -> adopt(operator);
            case "hold", "release" -> throw invalid(task, task + " needs issuer, client and reason in JSON");
            default -> throw invalid(task, "The tasks are adopt, hold, orphans, release, sweep");
        }
        return Map.of();
    }

    private void adopt(String operator) {
        try {
            actions.adopt(operator);
        } catch (IOException e) {
            throw new UncheckedIOException("The mark cannot be stored", e);
        }
    }

    /** The same with a body in JSON: {@code hold} and {@code release} have one. */
    @WriteOperation
    WebEndpointResponse<Object> runWithBody(
            @Selector String task, @Nullable String issuer, @Nullable String client, @Nullable String reason) {
        return View.JSON.answer(() -> json(
                task.equals("hold") || task.equals("release")
                        ? heldOrReleased(task, issuer, client, reason)
                        : done(task)));
    }

    private Map<String, Object> heldOrReleased(
            String task, @Nullable String issuer, @Nullable String client, @Nullable String reason) {
        String operator = current().requireOwnSite().operator();
        String ofIssuer = required("issuer", issuer);
        String id = required("client", client);
        if (task.equals("release")) {
            return Map.of("released", actions.release(operator, ofIssuer, id, given(reason)));
        }
        try {
            actions.hold(operator, ofIssuer, id, required("reason", reason));
        } catch (IllegalArgumentException e) {
            throw invalid(task, String.valueOf(e.getMessage()));
        }
        return Map.of("held", true);
    }

    private OperatorRequest current() {
        return OperatorRequest.current().requireKnownHost(hosts);
    }

    private static Place place(int segmentsBelow) {
        OperatorRequest request = OperatorRequest.current();
        request.protectPage();
        return new Place(request.endpointName(segmentsBelow), segmentsBelow);
    }

    private static WebEndpointResponse<Object> json(Object body) {
        return new WebEndpointResponse<>(body, View.JSON);
    }

    private static WebEndpointResponse<Object> page(String body) {
        return new WebEndpointResponse<>(body, View.HTML);
    }

    private static WebEndpointResponse<Object> notFound() {
        return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
    }

    /** A form sends what is left empty too. */
    private static @Nullable String given(@Nullable String value) {
        return value == null || value.isBlank() ? null : value;
    }

    private static @Nullable String oneOf(String name, @Nullable String value, List<String> known) {
        String given = given(value);
        String upper = given == null ? null : given.toUpperCase(Locale.ROOT);
        if (upper != null && !known.contains(upper)) {
            throw invalid(name, name + " must be one of " + String.join(", ", known));
        }
        return upper;
    }

    private static String required(String name, @Nullable String value) {
        String given = given(value);
        if (given == null) {
            throw invalid(name, name + " is needed");
        }
        return given;
    }

    private static InvalidEndpointRequestException invalid(String what, String reason) {
        return new InvalidEndpointRequestException("Bad request to the operator's endpoint: " + what, reason);
    }
}
