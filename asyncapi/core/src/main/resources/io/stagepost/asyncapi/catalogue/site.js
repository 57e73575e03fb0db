'use strict';
// Search: every word must be found; titles count most. Keys: / to begin, arrows, Enter, Escape.
(() => {
  const root = document.documentElement.dataset.root || '';
  const input = document.getElementById('search');
  const list = document.getElementById('results');
  const status = document.getElementById('found');
  const MOST = 30;
  const index = (window.catalogueIndex || []).map(([kind, title, page, about, words]) => ({
    kind, title, page, about, name: title.toLowerCase(), text: (about + ' ' + words).toLowerCase(),
  }));
  const weight = { contract: 3, channel: 2, message: 2, operation: 1 };
  let active = -1;

  function score(entry, words) {
    let sum = 0;
    for (const word of words) {
      const inName = entry.name.indexOf(word);
      const inText = entry.text.indexOf(word);
      if (inName < 0 && inText < 0) return 0;
      sum += entry.name === word ? 40 : inName === 0 ? 25
        : inName > 0 ? (/[a-z0-9]/.test(entry.name[inName - 1]) ? 10 : 18)
          : inText === 0 || entry.text[inText - 1] === ' ' ? 5 : 2;
    }
    return sum + weight[entry.kind];
  }

  function found(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    return index
      .map((entry, at) => ({ entry, at, score: score(entry, words) }))
      .filter((hit) => hit.score > 0)
      .sort((a, b) => b.score - a.score || a.at - b.at);
  }

  function add(parent, name, className, text) {
    const child = document.createElement(name);
    child.className = className;
    child.textContent = text;
    parent.append(child);
    return child;
  }

  function show() {
    const hits = found(input.value);
    list.replaceChildren();
    active = -1;
    hits.slice(0, MOST).forEach(({ entry }, i) => {
      const option = add(list, 'li', '', '');
      option.id = 'result-' + i;
      option.setAttribute('role', 'option');
      option.setAttribute('aria-selected', 'false');
      const link = add(option, 'a', '', '');
      link.href = root + entry.page;
      link.tabIndex = -1;
      add(link, 'span', 'kind', entry.kind);
      add(link, 'span', 'title', entry.title);
      add(link, 'span', 'about', entry.about);
    });
    const isAsked = input.value.trim() !== '';
    if (isAsked && !hits.length) {
      const nothing = add(list, 'li', 'nothing', 'Nothing found.');
      nothing.setAttribute('role', 'option');
      nothing.setAttribute('aria-disabled', 'true');
    }
    list.hidden = !isAsked;
    input.setAttribute('aria-expanded', String(isAsked));
    input.removeAttribute('aria-activedescendant');
    status.textContent = isAsked ? hits.length + ' found' : '';
  }

  function hide() {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
  }

  function move(by) {
    const options = list.querySelectorAll('li[id]');
    if (!options.length) return;
    if (active >= 0) options[active].setAttribute('aria-selected', 'false');
    active = (active + by + options.length) % options.length;
    options[active].setAttribute('aria-selected', 'true');
    options[active].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', options[active].id);
  }

  input.addEventListener('input', show);
  input.addEventListener('focus', () => { if (input.value) show(); });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) show();
      move(event.key === 'ArrowDown' ? 1 : active < 0 ? 0 : -1);
    } else if (event.key === 'Enter') {
      const link = list.querySelectorAll('li[id] a')[Math.max(active, 0)];
      if (link && !list.hidden) {
        event.preventDefault();
        link.click();
        hide();
      }
    } else if (event.key === 'Escape') {
      input.value = '';
      hide();
    }
  });
  list.addEventListener('click', hide);
  document.addEventListener('click', (event) => {
    if (!event.target.closest('.search')) hide();
  });
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });

  // A sunset that is past is said to be.
  const today = new Date().toISOString().slice(0, 10);
  for (const day of document.querySelectorAll('time.sunset')) {
    if (day.dateTime < today) {
      day.classList.add('past');
      day.append(' (past)');
    }
  }
})();
