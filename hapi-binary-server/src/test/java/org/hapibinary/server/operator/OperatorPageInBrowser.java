/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.operator.ActivityRows;
import org.hapibinary.observability.ActivityRecorder;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.host.SeededFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The operator's page in Chromium. A part of the build where Debian's chromedriver is; the build works without it. By
 * itself it is run by {@code testing/operator-page.sh}. It leaves pictures in the folder of the system property {@code
 * shots}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OperatorPageInBrowser {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int WIDE = 1280;
    private static final int NARROW = 390;

    @TempDir
    static Path directory;

    private final Path shots = Path.of(System.getProperty("shots", "target/shots"));
    private OperatorServer operator;
    private Browser browser;

    @BeforeAll
    void start() throws Exception {
        Files.createDirectories(shots);
        operator = new OperatorServer(directory, "spring.datasource.url=jdbc:h2:mem:operator-page;DB_CLOSE_DELAY=-1");
        browser = new Browser(directory);
    }

    @AfterAll
    void stop() throws IOException {
        browser.close();
        operator.close();
    }

    @BeforeEach
    void asUsual() throws IOException {
        browser.width(WIDE);
        browser.colors("light");
    }

    private void open(String path) throws IOException {
        browser.go(operator.root() + path);
    }

    private void shoot(String name) throws Exception {
        browser.shoot(shots.resolve(name + ".png"));
    }

    private String ofPage(String script) throws IOException {
        return browser.script("return String(" + script + ")").asText();
    }

    private void assertFitsTheScreen() throws IOException {
        assertThat(Integer.parseInt(ofPage("document.documentElement.scrollWidth")))
                .isLessThanOrEqualTo(Integer.parseInt(ofPage("window.innerWidth")));
    }

    @Test
    @Order(1)
    void emptyItSaysThatNothingIsThere() throws Exception {
        open("");

        assertThat(ofPage("document.body.innerText")).contains("Nothing needs attention", "There are none");
        assertFitsTheScreen();
        shoot("empty");
    }

    @Test
    @Order(2)
    void whatClientsWriteIsTextAndRunsNothing() throws Exception {
        SeededFile file = operator.export(OperatorServer.HOSTILE, 5_000);
        operator.rows(2, "FAILED", OperatorServer.HOSTILE, Duration.ofMinutes(3));
        String failed = "row-" + OperatorServer.HOSTILE.hashCode() + "-FAILED-0";
        operator.post("hold", "{\"issuer\":\"<script>1</script>\",\"client\":\"<img src=x>\",\"reason\":\"'<b>\\\"\"}");
        for (String path :
                new String[] {"", "/exports", "/clients", "/exports/" + operator.exportOf(file), "/exports/" + failed
                }) {
            open(path);

            assertThat(ofPage("document.title")).as(path).endsWith("hapi-binary");
            assertThat(ofPage("document.querySelectorAll('img, b, script').length"))
                    .as(path)
                    .isEqualTo("1");
            assertThat(ofPage("document.querySelectorAll('button.act:not([hidden])').length > 0"))
                    .as("the page's own script runs")
                    .isEqualTo("true");
        }
        shoot("hostile");
        open("/exports/" + operator.exportOf(file));
        browser.script("document.querySelector('button.act.danger').click()");
        assertThat(ofPage("document.getElementById('question-lost').innerText")).contains("<script>");
        assertThat(ofPage("document.title")).endsWith("hapi-binary");
        shoot("hostile-question");
        browser.press(Browser.ESCAPE);
    }

    @Test
    @Order(3)
    void fullItShowsAlarmsFiguresAndTheDay() throws Exception {
        SeededFile damaged = operator.export("hospital-analytics", 3_000_000);
        operator.export("quality-measures", 800_000);
        operator.jdbc().update("update HBP_EXPORT_FILE set DAMAGED = true where BINARY_ID = ?", damaged.binaryId());
        operator.rows(3, "FAILED", "registry-sync", Duration.ofHours(1));
        operator.rows(6, "COMPLETE", "registry-sync", Duration.ofHours(2));
        operator.rows(2, "COMPLETE", "long-ago", Duration.ofHours(30));
        for (int hour = 0; hour < 24; hour++) {
            ActivityRecorder recorder = new ActivityRecorder(
                    new ActivityRows(operator.server().bean(CatalogDatabase.class)),
                    Clock.fixed(Instant.now().minus(Duration.ofHours(hour)), ZoneOffset.UTC));
            for (int i = 0; i < (hour * 7) % 40; i++) {
                recorder.download("none", i % 9 == 0 ? "cut" : "complete", 12_345_678);
            }
            recorder.refusal(hour % 3 == 0 ? "insufficient-scope" : "token-expired");
            recorder.flush();
        }
        open("");

        assertThat(ofPage("document.querySelector('.alarms').innerText")).contains("damaged", "failed within");
        assertThat(ofPage("document.querySelectorAll('svg rect.whole').length")).isEqualTo("24");
        assertFitsTheScreen();
        shoot("full");
        browser.colors("dark");
        shoot("full-dark");
        browser.width(NARROW);
        assertFitsTheScreen();
        shoot("full-narrow-dark");
        browser.colors("light");
        shoot("full-narrow");
        for (String path : new String[] {"/exports", "/clients", "/exports/" + operator.exportOf(damaged)}) {
            open(path);
            assertFitsTheScreen();
            shoot("narrow" + path.replaceFirst("(/[a-z]+/?).*", "$1").replace('/', '-'));
        }
        browser.width(WIDE);
        open("/clients");
        shoot("clients");
        open("/exports/" + operator.exportOf(damaged));
        shoot("one");
    }

    @Test
    @Order(4)
    void anExportIsEndedByTheKeyboardAloneAndNotByMistake() throws Exception {
        SeededFile file = operator.export("keyboard-client", 40_000);
        String exportId = operator.exportOf(file);
        open("/exports/" + exportId);
        tabTo("button.act.danger");
        shoot("keyboard-focus");

        browser.press(Browser.ENTER);

        assertThat(ofPage("document.getElementById('question').open")).isEqualTo("true");
        assertThat(ofPage("document.activeElement.id")).isEqualTo("question-cancel");
        assertThat(ofPage("document.getElementById('question').innerText"))
                .contains("keyboard-client", "1 file", "40.0 kB", "Nothing of it has been downloaded yet");
        shoot("question");
        browser.press(Browser.ESCAPE);
        assertThat(ofPage("document.getElementById('question').open")).isEqualTo("false");
        browser.press(Browser.ENTER, Browser.ENTER);
        assertThat(ofPage("document.getElementById('question').open")).isEqualTo("false");
        assertThat(state(exportId)).isEqualTo("COMPLETE");

        browser.press(Browser.ENTER, Browser.TAB, Browser.ENTER);

        Await.until("the answer", PATIENCE, () -> ofPage("document.getElementById('said').innerText")
                .contains("has been ended"));
        assertThat(ofPage("document.getElementById('said').getAttribute('role')"))
                .isEqualTo("status");
        assertThat(state(exportId)).isEqualTo("DELETED");
        shoot("ended");
    }

    /** The browser tells the page of the end of a question later, when there may be the next one. */
    @Test
    @Order(7)
    void aQuestionThatIsAskedAgainAtOnceIsAnswered() throws Exception {
        SeededFile file = operator.export("hurried-client", 1_000);
        String exportId = operator.exportOf(file);
        open("/exports/" + exportId);
        browser.script("window.told = 0; document.getElementById('question').addEventListener('close',"
                + " function () { window.told++; });"
                + "var button = document.querySelector('button.act.danger');"
                + "button.click(); document.getElementById('question-cancel').click(); button.click()");
        Await.until("what is told later", PATIENCE, () -> ofPage("window.told").equals("1"));
        assertThat(ofPage("document.getElementById('question').open")).isEqualTo("true");

        browser.script("document.getElementById('question-ok').click()");

        Await.until("the end of the export", PATIENCE, () -> state(exportId).equals("DELETED"));
    }

    private void tabTo(String selector) throws IOException {
        for (int i = 0; i < 30; i++) {
            browser.press(Browser.TAB);
            if (ofPage("document.activeElement.matches('" + selector + "')").equals("true")) {
                return;
            }
        }
        throw new AssertionError("The keyboard does not reach " + selector);
    }

    private String state(String exportId) {
        return String.valueOf(operator.jdbc()
                .queryForObject("select STATE from HBP_EXPORT where EXPORT_ID = ?", String.class, exportId));
    }

    @Test
    @Order(5)
    void aClientIsHeldWithAReason() throws Exception {
        operator.export("to-be-held", 1_000);
        open("/clients");
        browser.script("Array.from(document.querySelectorAll('tr')).find(row => row.innerText.includes('to-be-held'))"
                + ".querySelector('button.act').click()");
        browser.script("document.getElementById('reason').value = 'asks too often'");
        shoot("hold");
        browser.script("document.getElementById('question-ok').click()");
        Await.until("the answer", PATIENCE, () -> ofPage("document.getElementById('said').innerText")
                .contains("is on hold"));

        open("/clients");

        assertThat(ofPage("document.body.innerText")).contains("asks too often");
    }

    @Test
    @Order(6)
    void tenThousandExportsComeByPage() throws Exception {
        operator.rows(10_000, "COMPLETE", "many", Duration.ofHours(25));
        Instant start = Instant.now();
        open("");
        open("/exports?client=many&size=100");
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(10));
        assertThat(ofPage("document.querySelectorAll('tbody tr').length")).isEqualTo("100");
        browser.script("document.querySelector('a[rel=next]').click()");
        Await.until("the next page", PATIENCE, () -> ofPage("location.search").contains("before="));
        assertThat(ofPage("document.querySelectorAll('tbody tr').length")).isEqualTo("100");
        shoot("many");
    }
}
