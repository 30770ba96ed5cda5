/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.URISyntaxException;
import org.hapibinary.observability.audit.AuditCodes.Code;
import org.jspecify.annotations.Nullable;

/** The agents of an audit event, and its source: the server, the client, the user, the operator. */
final class AuditAgents {

    private static final String SERVER = "hapi-binary";
    private static final String UNKNOWN_ADDRESS = "unknown";

    /** The codes of the FHIR value set network-type. */
    private static final String IP_ADDRESS = "2";

    private static final String URI_ADDRESS = "5";

    private final boolean r5;

    AuditAgents(boolean r5) {
        this.r5 = r5;
    }

    void addTo(ObjectNode event, AuditEntry entry, AuditShape shape) {
        ArrayNode agents = event.putArray("agent");
        AuditEntry.Who who = entry.who();
        ObjectNode server = server(entry.request().baseUrl());
        boolean byServer = who == null;
        network(agent(agents, shape.serverRole(), server.deepCopy(), byServer), URI_ADDRESS, address(entry));
        if (who != null && who.operator() != null) {
            ObjectNode operator = agent(agents, AuditCodes.AUTHOR, display(who.operator()), true);
            if (who.address() != null) {
                network(operator, IP_ADDRESS, who.address());
            }
        } else if (who != null) {
            boolean userAsked = who.user() != null;
            ObjectNode client = agent(agents, shape.clientRole(), client(who), !userAsked);
            network(client, IP_ADDRESS, who.address() == null ? UNKNOWN_ADDRESS : who.address());
            if (userAsked) {
                agent(agents, shape.userRole(), identifier(who.issuer(), String.valueOf(who.user())), true);
            }
        }
        ObjectNode source = event.putObject("source");
        source.set("observer", server);
        if (r5) {
            source.putArray("type").add(AuditCodes.APPLICATION_SERVER.concept());
        } else {
            source.putArray("type").add(AuditCodes.APPLICATION_SERVER.coding());
        }
    }

    private static String address(AuditEntry entry) {
        String url = entry.request().baseUrl();
        return url.isEmpty() ? UNKNOWN_ADDRESS : url;
    }

    private static ObjectNode agent(ArrayNode agents, Code role, ObjectNode who, boolean requestor) {
        ObjectNode agent = agents.addObject();
        agent.set("type", role.concept());
        agent.set("who", who);
        return agent.put("requestor", requestor);
    }

    private void network(ObjectNode agent, String type, String address) {
        if (r5) {
            agent.put(type.equals(URI_ADDRESS) ? "networkUri" : "networkString", address);
        } else {
            agent.putObject("network").put("address", address).put("type", type);
        }
    }

    private static ObjectNode server(String baseUrl) {
        ObjectNode server = display(SERVER);
        if (!baseUrl.isEmpty()) {
            server.putObject("identifier").put("system", "urn:ietf:rfc:3986").put("value", baseUrl);
        }
        return server;
    }

    private static ObjectNode client(AuditEntry.Who who) {
        return who.clientId() == null ? display("not authenticated") : identifier(who.issuer(), who.clientId());
    }

    private static ObjectNode display(String text) {
        return JsonNodeFactory.instance.objectNode().put("display", text);
    }

    /** FHIR wants an absolute URI for a system, which a host's own issuers need not be. */
    private static ObjectNode identifier(@Nullable String issuer, String value) {
        ObjectNode reference = JsonNodeFactory.instance.objectNode();
        ObjectNode identifier = reference.putObject("identifier");
        if (issuer != null && isAbsolute(issuer)) {
            identifier.put("system", issuer);
        }
        identifier.put("value", value);
        if (issuer != null && !issuer.isBlank() && !isAbsolute(issuer)) {
            identifier.putObject("assigner").put("display", issuer);
        }
        return reference;
    }

    private static boolean isAbsolute(String uri) {
        try {
            return new URI(uri).isAbsolute();
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
