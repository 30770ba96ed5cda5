/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.hapibinary.server.client.Await;
import org.hapibinary.testing.FreePorts;
import org.jspecify.annotations.Nullable;

/** Debian's Chromium without a window, driven by its ChromeDriver (W3C WebDriver). */
final class Browser implements AutoCloseable {

    static final String TAB = "\uE004";
    static final String ENTER = "\uE007";
    static final String ESCAPE = "\uE00C";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newHttpClient();
    private final int port = FreePorts.next();
    private final Process driver;
    private final String session;

    /** @param profile an empty directory */
    Browser(Path profile) throws Exception {
        driver = new ProcessBuilder("/usr/bin/chromedriver", "--port=" + port)
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("driver.log").toFile())
                .start();
        Await.until("the driver", PATIENCE, this::isReady);
        List<String> options = List.of(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--window-size=1280,900",
                "--user-data-dir=" + profile.resolve("profile"));
        JsonNode opened = call(
                "POST",
                "/session",
                Map.of("capabilities", Map.of("alwaysMatch", Map.of("goog:chromeOptions", Map.of("args", options)))));
        session = "/session/" + opened.path("sessionId").asText();
    }

    private boolean isReady() {
        try {
            return call("GET", "/status", null).path("ready").asBoolean();
        } catch (IOException e) {
            return false;
        }
    }

    private JsonNode call(String method, String path, @Nullable Object body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(text(body)))
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(200);
            return json.readTree(response.body()).path("value");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String text(Object body) throws JsonProcessingException {
        return json.writeValueAsString(body);
    }

    void go(String url) throws IOException {
        call("POST", session + "/url", Map.of("url", url));
    }

    /** What a script returns. */
    JsonNode script(String script) throws IOException {
        return call("POST", session + "/execute/sync", Map.of("script", script, "args", List.of()));
    }

    /** Presses keys one after the other. */
    void press(String... keys) throws IOException {
        List<Map<String, String>> actions = new ArrayList<>();
        for (String key : keys) {
            actions.add(Map.of("type", "keyDown", "value", key));
            actions.add(Map.of("type", "keyUp", "value", key));
        }
        call(
                "POST",
                session + "/actions",
                Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard", "actions", actions))));
    }

    /** A command of the DevTools. */
    JsonNode devTools(String command, Map<String, ?> parameters) throws IOException {
        return call("POST", session + "/goog/cdp/execute", Map.of("cmd", command, "params", parameters));
    }

    void width(int pixels) throws IOException {
        devTools(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", pixels, "height", 900, "deviceScaleFactor", 1, "mobile", false));
    }

    void colors(String scheme) throws IOException {
        devTools(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** A picture of the whole page, once it has been laid out. */
    void shoot(Path file) throws Exception {
        Await.until(
                "a page with a width",
                PATIENCE,
                () -> devTools("Page.getLayoutMetrics", Map.of())
                                .at("/cssContentSize/width")
                                .asInt()
                        > 0);
        JsonNode shot = devTools("Page.captureScreenshot", Map.of("captureBeyondViewport", true, "format", "png"));
        Files.write(file, Base64.getDecoder().decode(shot.path("data").asText()));
    }

    @Override
    public void close() throws IOException {
        try {
            call("DELETE", session, null);
        } finally {
            driver.destroy();
        }
    }
}
