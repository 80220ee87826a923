// The board's variables, tables made of several queries, and the start.
const variables = ((page.board.templating || {}).list || []).map((variable) => {
  const options = (variable.options || []).map((option) => option.value).filter((value) => value !== "$__all");
  return { name: variable.name, label: variable.label || variable.name, all: variable.allValue, options, chosen: [] };
});

function pickers() {
  variables.filter((variable) => variable.options.length).forEach((variable) => {
    const label = element("label", "", `${variable.label} `);
    const select = element("select");
    ["", ...variable.options].forEach((option) => select.append(new Option(option || "All", option)));
    select.name = variable.name;
    select.addEventListener("change", () => {
      variable.chosen = select.value ? [select.value] : [];
      draft();
    });
    label.append(select);
    document.getElementById("variables").append(label, " ");
  });
}

// As Grafana's browser side: a regular expression for Prometheus, quoted words for SQL, the board's own All as it is.
function filledIn(target, type) {
  const filled = variables.reduce((text, variable) => {
    const words = variable.chosen.length ? variable.chosen : variable.options;
    const regex = words.length > 1 ? `(${words.join("|")})` : words[0];
    const value = !variable.chosen.length && variable.all ? variable.all
      : type === "prometheus" ? regex : words.map((word) => `'${word.replaceAll("'", "''")}'`).join(",");
    const quoted = JSON.stringify(value).slice(1, -1);
    return text.replace(new RegExp(`\\$\\{?${variable.name}\\b\\}?`, "g"), () => quoted);
  }, JSON.stringify(target));
  return JSON.parse(filled);
}

function labelsOf(frame) {
  const field = frame.schema.fields.find((one) => one.labels && Object.keys(one.labels).length);
  return field ? field.labels : null;
}

function wordsFor(mappings, value) {
  const found = (mappings || []).map((mapping) => (mapping.options || {})[String(value)]).find(Boolean);
  return found ? found.text : "";
}

// One line for each series that has the same labels as far as they share names; a column for each query.
function facts(panel, frames) {
  const organize = (panel.transformations || []).find((one) => one.id === "organize");
  const { renameByName = {}, excludeByName = {} } = organize ? organize.options : {};
  const lines = [];
  frames.forEach((frame) => {
    const labels = labelsOf(frame) || {};
    const name = `Value #${frame.schema.refId}`;
    const fits = (line) => Object.keys(labels).every((key) => !(key in line.labels) || line.labels[key] === labels[key]);
    let line = lines.find((one) => !(name in one.values) && fits(one));
    if (!line) lines.push(line = { labels: {}, values: {} });
    Object.assign(line.labels, labels);
    const column = frame.schema.fields.findIndex((field) => field.type === "number");
    line.values[name] = frame.data.values[column].at(-1);
  });
  const names = [...new Set(lines.flatMap((line) => Object.keys(line.labels)))];
  const columns = [...new Set(lines.flatMap((line) => Object.keys(line.values)))].filter((one) => !excludeByName[one]);
  const made = element("table");
  const head = made.createTHead().insertRow();
  [...names, ...columns.map((one) => renameByName[one] || one)].forEach((one) => head.append(element("th", "", one)));
  const rows = made.createTBody();
  lines.forEach((line) => {
    const row = rows.insertRow();
    names.forEach((one) => row.append(element("td", "", line.labels[one] || "")));
    columns.forEach((one) => {
      const title = renameByName[one] || one;
      const override = (panel.fieldConfig.overrides || []).filter((rule) => rule.matcher.options === title)
        .flatMap((rule) => rule.properties).find((property) => property.id === "mappings");
      const value = line.values[one];
      const number = value === undefined || value === null ? "" : String(Number(value.toPrecision(4)));
      row.append(element("td", "", wordsFor(override && override.value, value) || number));
    });
  });
  return made;
}

const shown = (page.board.panels || []).filter((panel) => panel.type !== "row").map((panel) => [panel, frameOf(panel)]);
const draft = () => Promise.all(shown.map(([panel, box]) => load(panel, box)));
async function refresh() {
  await draft();
  setTimeout(refresh, milliseconds(page.board.refresh) || 10000);
}
pickers();
refresh();
