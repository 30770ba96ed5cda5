(function () {
  'use strict';
  if (window.top !== window.self) {
    document.body.textContent = 'This page does not work within another page.';
    return;
  }
  var said = document.getElementById('said');
  var question = document.getElementById('question');
  var reason = document.getElementById('reason');
  var asked = null;

  function say(text, isBad) {
    said.className = isBad ? 'bad' : '';
    said.textContent = text;
  }

  function ask(button) {
    asked = button;
    document.getElementById('question-title').textContent = button.dataset.title;
    document.getElementById('question-lost').textContent = button.dataset.lost;
    document.getElementById('question-reason').hidden = !button.dataset.reason;
    document.getElementById('question-ok').textContent = button.dataset.confirm;
    reason.required = button.dataset.reason === 'required';
    reason.value = '';
    question.returnValue = '';
    question.showModal();
    document.getElementById('question-cancel').focus();
  }

  function described(result) {
    return Object.keys(result).map(function (name) { return name + ': ' + result[name]; }).join(', ');
  }

  // Nobody is asked for a token here. A page of another site can have a browser send a form, but neither a DELETE nor
  // JSON without a question before (CORS), which the server does not answer: so that no action is a form.
  function send(button) {
    var body = button.dataset.body ? JSON.parse(button.dataset.body) : {};
    if (button.dataset.reason) {
      body.reason = reason.value.trim() || '-';
    }
    var isDelete = button.dataset.method === 'DELETE';
    say('Working: ' + button.dataset.confirm);
    button.disabled = true;
    fetch(document.body.dataset.root + button.dataset.path, {
      method: button.dataset.method,
      headers: isDelete ? { Accept: 'application/json' } : { Accept: 'application/json', 'Content-Type': 'application/json' },
      body: isDelete ? undefined : JSON.stringify(body)
    }).then(function (response) {
      return response.text().then(function (text) {
        if (!response.ok) {
          throw new Error(response.status === 400 && text
            ? JSON.parse(text).error
            : 'The server has answered ' + response.status + '. See its log.');
        }
        var result = text ? described(JSON.parse(text)) : '';
        say(button.dataset.done + (result ? ' ' + result + '.' : '') + ' Reload to see what it is like now.');
      });
    }).catch(function (fault) {
      button.disabled = false;
      say('Not done. ' + fault.message, true);
    });
  }

  document.querySelectorAll('button.act').forEach(function (button) {
    button.hidden = false;
    button.addEventListener('click', function () { ask(button); });
  });
  question.addEventListener('close', function () {
    if (question.open) {
      return; // the event is of the question before, which has been asked again since
    }
    var button = asked;
    asked = null;
    if (button && question.returnValue === 'ok') {
      send(button);
    }
  });
  document.getElementById('question-cancel').addEventListener('click', function () { question.close('cancel'); });
}());
