/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hapibinary.authorization.ClientLimits;
import org.hapibinary.authorization.IntrospectionEndpoint;
import org.hapibinary.authorization.TrustedIssuer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whose access tokens are accepted, and what their clients may do.
 *
 * @param issuer the {@code iss} that an access token must have
 * @param jwkSetUri where the issuer's public keys are; default: as its metadata says
 * @param audience the {@code aud} that an access token must name; default: any of the base URLs
 * @param issuers instead of the three above, for several issuers
 * @param introspection where opaque tokens are verified; without it they are refused
 * @param clients what single clients are limited to, by their {@code client_id}
 */
public record AuthorizationProperties(
        @Nullable URI issuer,
        @Nullable URI jwkSetUri,
        @Nullable String audience,
        @DefaultValue List<IssuerProperties> issuers,
        @Nullable Introspection introspection,
        @DefaultValue Map<String, Client> clients) {

    ClientLimits clientLimits() {
        Map<String, Set<String>> groups = new HashMap<>();
        clients.forEach((clientId, client) -> {
            if (client.groups() != null) {
                groups.put(clientId, client.groups());
            }
        });
        return new ClientLimits(groups);
    }

    /** Where opaque tokens are verified, or null. */
    @Nullable
    IntrospectionEndpoint introspectionEndpoint() {
        return introspection == null ? null : introspection.endpoint();
    }

    /** The issuer that clients are told of: the first; null if there is none, since the host has means of its own. */
    @Nullable
    String mainIssuer() {
        URI first = issuers.isEmpty() ? issuer : issuers.get(0).issuer();
        return first == null ? null : first.toString();
    }

    private static final String PREFIX = "hapi.binary.authorization.";

    List<TrustedIssuer> trustedIssuers(Set<String> baseUrls) {
        if (issuers.isEmpty()) {
            return List.of(new IssuerProperties(issuer, jwkSetUri, audience).trusted(PREFIX, baseUrls));
        }
        if (issuer != null || jwkSetUri != null || audience != null) {
            throw new InvalidPropertyException(
                    PREFIX + "issuers",
                    "set",
                    "stands instead of issuer, jwk-set-uri and audience: move these into its first entry");
        }
        List<TrustedIssuer> trusted = new ArrayList<>();
        for (int i = 0; i < issuers.size(); i++) {
            trusted.add(issuers.get(i).trusted(PREFIX + "issuers[" + i + "].", baseUrls));
        }
        if (trusted.stream().map(TrustedIssuer::issuer).distinct().count() < trusted.size()) {
            throw new InvalidPropertyException(PREFIX + "issuers", "set", "must name each issuer only once");
        }
        return trusted;
    }

    /**
     * @param issuer the {@code iss} that an access token must have
     * @param jwkSetUri where the issuer's public keys are; default: as its metadata says
     * @param audience the {@code aud} that an access token must name; default: any of the base URLs
     */
    public record IssuerProperties(@Nullable URI issuer, @Nullable URI jwkSetUri, @Nullable String audience) {

        private TrustedIssuer trusted(String prefix, Set<String> baseUrls) {
            if (issuer == null) {
                throw new InvalidPropertyException(
                        prefix + "issuer",
                        null,
                        "must be the URL of the OAuth server whose access tokens this server accepts");
            }
            if (!issuer.isAbsolute()) {
                throw new InvalidPropertyException(
                        prefix + "issuer", issuer.toString(), "must be an URL, such as https://auth.example.org");
            }
            return new TrustedIssuer(
                    issuer.toString(), jwkSetUri, audience != null ? Set.of(audience) : audiencesOf(baseUrls));
        }

        /** It is never taken from a request: a forged Host header must not choose what tokens are made out to. */
        private static Set<String> audiencesOf(Set<String> baseUrls) {
            if (baseUrls.isEmpty()) {
                throw new InvalidPropertyException(
                        "hapi.binary.base-url",
                        null,
                        "must be the FHIR base URL as clients see it, such as https://fhir.example.org/fhir,"
                                + " unless hapi.binary.authorization.audience says what access tokens are made out to");
            }
            return baseUrls;
        }
    }

    /**
     * @param uri of the OAuth server's introspection endpoint
     * @param clientId this server's own, as a client of the OAuth server
     * @param clientSecret sent by {@code client_secret_basic}
     */
    public record Introspection(@Nullable URI uri, @Nullable String clientId, @Nullable String clientSecret) {

        IntrospectionEndpoint endpoint() {
            return new IntrospectionEndpoint(
                    required("uri", uri, "must be the URL of the OAuth server's introspection endpoint"),
                    required("client-id", clientId, "must be this server's own client id at the OAuth server"),
                    required("client-secret", clientSecret, "must be the secret of this server's own client id"));
        }

        private static <T> T required(String name, @Nullable T value, String cure) {
            if (value == null) {
                throw new InvalidPropertyException("hapi.binary.authorization.introspection." + name, null, cure);
            }
            return value;
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return "Introspection[uri=" + uri + ", clientId=" + clientId + "]";
        }
    }

    /** @param groups the ids of the Groups that the client may export; it may then start no other export */
    public record Client(@Nullable Set<String> groups) {}
}
