/*
 * charts.js: one function per kind of chart, from the rows of a panel to ECharts
 * options, and a sentence that says the same to who does not see the picture.
 */
const number = (text) => (text === null || text === undefined ? null : Number(text));
const column = (rows, name) => rows.map((row) => number(row[name]));
const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);
const spoken = (value) => (value ?? 0).toLocaleString('en');

// Colours that stay apart for most kinds of colour blindness, and on both papers.
const palette = ['#2f7ed8', '#e08214', '#3aa37a', '#9467bd', '#c44e52', '#7f8c9a'];
const states = { accepted: '#3aa37a', nil: '#7fbfa5', validated: '#2f7ed8', received: '#7fb3ee', expected: '#b8c2cc', late: '#e08214', missing: '#c44e52' };

function base(ink, quiet, line) {
    return {
        animation: false,
        color: palette,
        textStyle: { color: ink, fontFamily: 'system-ui, sans-serif' },
        grid: { left: 8, right: 20, top: 36, bottom: 8, containLabel: true },
        legend: { top: 0, left: 0, textStyle: { color: ink }, itemWidth: 14, itemHeight: 10 },
        tooltip: { trigger: 'axis', renderMode: 'richText', confine: true },
        axis: {
            category: (data, more = {}) => ({ type: 'category', data, axisLabel: { color: quiet, ...more.axisLabel }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, ...more.axis }),
            value: (more = {}) => ({ type: 'value', axisLabel: { color: quiet, hideOverlap: true }, splitLine: { lineStyle: { color: line } }, ...more }),
        },
    };
}

const kinds = {
    balance(rows, b) {
        return {
            xAxis: b.axis.category(rows.map((r) => r.month)),
            yAxis: b.axis.value(),
            series: [
                { name: 'bought', type: 'bar', data: column(rows, 'bought') },
                { name: 'sold', type: 'bar', data: column(rows, 'sold') },
                { name: 'built so far', type: 'line', data: column(rows, 'built_so_far'), symbolSize: 5 },
            ],
        };
    },
    position(rows, b) {
        return {
            legend: { ...b.legend, data: ['on hand', 'in transit', 'weeks of supply'] },
            xAxis: b.axis.category(rows.map((r) => r.distributor), { axisLabel: { hideOverlap: true } }),
            yAxis: [b.axis.value(), b.axis.value({ splitLine: { show: false } })],
            series: [
                { name: 'on hand', type: 'bar', stack: 'owned', data: column(rows, 'on_hand') },
                { name: 'in transit', type: 'bar', stack: 'owned', data: column(rows, 'in_transit') },
                { name: 'weeks of supply', type: 'scatter', yAxisIndex: 1, symbolSize: 11, data: column(rows, 'weeks') },
            ],
        };
    },
    aging(rows, b) {
        const distributors = [...new Set(rows.map((r) => r.distributor))];
        const buckets = [...new Set([...rows].sort((x, y) => x._bucket - y._bucket).map((r) => r.days))];
        return {
            xAxis: b.axis.value(),
            yAxis: b.axis.category(distributors, { axis: { inverse: true } }),
            series: buckets.map((days, i) => ({
                name: days, type: 'bar', stack: 'age', color: ['#9ecae1', '#6baed6', '#4292c6', '#e6a24a', '#c44e52'][i],
                data: distributors.map((d) => number(rows.find((r) => r.distributor === d && r.days === days)?.on_hand)),
            })),
        };
    },
    gaps(rows, b) {
        return {
            xAxis: b.axis.category(rows.map((r) => r.month)),
            yAxis: [b.axis.value(), b.axis.value({ splitLine: { show: false }, axisLabel: { color: b.textStyle.color, formatter: '{value} %' } })],
            series: [
                { name: 'counts out of tolerance', type: 'bar', barMaxWidth: 60, data: column(rows, 'beyond_tolerance') },
                { name: 'gap in percent', type: 'line', yAxisIndex: 1, symbolSize: 9, data: column(rows, 'gap_pct') },
            ],
        };
    },
    rebate(rows, b) {
        const reached = (r) => (r.next_tier_at === null ? 100 : Math.max(0, Math.min(100, number(r._done))));
        return {
            grid: { ...b.grid, right: 190, top: 8 },
            legend: { show: false },
            xAxis: b.axis.value({ max: 100, axisLabel: { color: b.textStyle.color, formatter: '{value} %' } }),
            yAxis: b.axis.category(rows.map((r) => `${r.distributor} · ${r.line}`), { axis: { inverse: true } }),
            series: [
                { name: 'of the way to the next tier', type: 'bar', stack: 'p', barMaxWidth: 22, data: rows.map(reached) },
                {
                    name: 'still to go', type: 'bar', stack: 'p', barMaxWidth: 22, itemStyle: { color: 'rgba(127, 140, 154, 0.25)' }, data: rows.map((r) => 100 - reached(r)),
                    label: {
                        show: true, position: 'right', color: b.textStyle.color,
                        formatter: ({ dataIndex: i }) => (rows[i].still_missing === null ? 'top tier reached' : `${spoken(number(rows[i].still_missing))} to go, +${spoken(number(rows[i].jump))}`),
                    },
                },
            ],
        };
    },
    exceptions(rows, b) {
        return {
            legend: { show: false },
            grid: { ...b.grid, top: 8 },
            xAxis: b.axis.value(),
            yAxis: b.axis.category(rows.map((r) => `${r.distributor} · ${r.product}`), { axis: { inverse: true } }),
            series: [{ name: 'leakage', type: 'bar', color: palette[4], data: column(rows, 'leakage') }],
        };
    },
    calendar(rows, b) {
        const lines = [...new Set(rows.map((r) => `${r.distributor} · ${r.report}`))];
        const periods = [...new Set(rows.map((r) => r.period))].sort();
        const present = [...new Set(rows.map((r) => r.state))].filter((s) => states[s]);
        return {
            grid: { ...b.grid, top: 34 },
            tooltip: { ...b.tooltip, trigger: 'item', formatter: ({ data }) => `${data.row.distributor}, ${data.row.report} ${data.row.period}: ${data.row.state}${number(data.row.days_late) > 0 ? `, ${data.row.days_late} days late` : ''}` },
            xAxis: b.axis.category(periods),
            yAxis: b.axis.category(lines, { axis: { inverse: true } }),
            series: present.map((state) => ({
                name: state, type: 'scatter', symbol: state === 'missing' ? 'diamond' : state === 'late' ? 'triangle' : 'roundRect', symbolSize: 14, color: states[state],
                data: rows.filter((r) => r.state === state).map((r) => ({ value: [r.period, `${r.distributor} · ${r.report}`], row: r })),
            })),
        };
    },
    funnel(rows, b) {
        return {
            legend: { show: false },
            grid: { ...b.grid, top: 8, right: 44 },
            xAxis: b.axis.value(),
            yAxis: b.axis.category(rows.map((r) => r.stage), { axis: { inverse: true } }),
            series: [{ name: 'resellers', type: 'bar', label: { show: true, position: 'right', color: b.textStyle.color }, data: column(rows, 'resellers') }],
        };
    },
    scorecard(rows, b) {
        return {
            legend: { show: false },
            grid: { ...b.grid, top: 8, right: 74 },
            xAxis: b.axis.value({ min: 0, max: 100 }),
            yAxis: b.axis.category(rows.map((r) => r.distributor), { axis: { inverse: true } }),
            series: [{
                name: 'score', type: 'bar', barMaxWidth: 26, color: palette[2], data: column(rows, 'score'),
                label: { show: true, position: 'right', color: b.textStyle.color, formatter: ({ dataIndex: i }) => `${rows[i].score ?? '–'}${rows[i].change === null ? '' : ` (${number(rows[i].change) >= 0 ? '+' : ''}${rows[i].change})`}` },
            }],
        };
    },
};

const sentences = {
    balance: (rows) => `${rows.length} months: bought ${spoken(sum(column(rows, 'bought')))}, sold ${spoken(sum(column(rows, 'sold')))} units`,
    position: (rows) => `${rows.length} distributors hold ${spoken(sum(column(rows, 'on_hand')))} units, ${spoken(sum(column(rows, 'in_transit')))} in transit`,
    aging: (rows) => `${spoken(sum(column(rows.filter((r) => r.days === 'over 180'), 'on_hand')))} of ${spoken(sum(column(rows, 'on_hand')))} units are older than 180 days`,
    gaps: (rows) => `${spoken(sum(column(rows, 'beyond_tolerance')))} of ${spoken(sum(column(rows, 'counts')))} counts were out of tolerance`,
    rebate: (rows) => `${rows.length} program lines, ${rows.filter((r) => r.next_tier_at === null).length} at their top tier`,
    exceptions: (rows) => `${spoken(sum(column(rows, 'lines')))} lines below their floor, by distributor and product, the most leakage first`,
    calendar: (rows) => `${rows.length} reports due: ${Object.entries(rows.reduce((n, r) => ({ ...n, [r.state]: (n[r.state] ?? 0) + 1 }), {})).map(([s, n]) => `${n} ${s}`).join(', ')}`,
    funnel: (rows) => rows.map((r) => `${r.resellers} ${r.stage}`).join(', '),
    scorecard: (rows) => rows.map((r) => `${r.distributor} ${r.score ?? 'without a score'}`).join(', '),
};

export const describe = (panel) => `${panel.title}: ${sentences[panel.chart](panel.rows)}.`;

export function draw(node, panel, style) {
    const colour = (name) => style.getPropertyValue(name).trim();
    const b = base(colour('--ink'), colour('--quiet'), colour('--line'));
    const { axis, ...common } = b;
    const horizontal = ['rebate', 'exceptions', 'funnel', 'scorecard', 'calendar', 'aging'].includes(panel.chart);
    const lines = new Set(panel.rows.map((r) => (panel.chart === 'calendar' ? `${r.distributor}${r.report}` : panel.chart === 'aging' ? r.distributor : r))).size;
    node.style.height = `${horizontal ? Math.max(220, Math.min(620, 70 + 26 * lines)) : 300}px`;
    const chart = echarts.init(node, null, { renderer: 'canvas' });
    const option = { ...common, ...kinds[panel.chart](panel.rows, b) };
    // Room for the longest name: what the library reckons by itself cuts names off.
    const names = option.yAxis.type === 'category' ? option.yAxis.data : [];
    if (names.length) {
        const ruler = document.createElement('canvas').getContext('2d');
        ruler.font = '12px system-ui, sans-serif';
        const room = Math.min(node.clientWidth / 3, Math.max(...names.map((name) => ruler.measureText(name).width)) + 18);
        option.grid = { ...option.grid, left: room, bottom: 28, containLabel: false };
        option.yAxis.axisLabel = { ...option.yAxis.axisLabel, interval: 0, width: room - 14, overflow: 'truncate' };
    }
    for (const series of option.series)
        if (series.type === 'bar') series.barMaxWidth ??= 48;
    chart.setOption(option);
    return chart;
}
