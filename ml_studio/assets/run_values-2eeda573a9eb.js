function b(n){let e=new WeakMap;return t=>{let r=t.parentElement,o=e.get(r);o===void 0&&(o=n(t),e.set(r,o)),o.update(t);let s=o;return()=>{s.destroy(),e.delete(r)}}}function x(n){n.addEventListener("keydown",e=>{e.stopPropagation()})}function p(n){return n.toLocaleString("en").replaceAll(","," ")}var G=new Intl.DateTimeFormat("en-GB",{day:"numeric",month:"short",year:"numeric",hour:"2-digit",minute:"2-digit"});var A=new Set("loss error err mae mse rmse mape smape rmsle nll perplexity ppl cost regret fid wer cer latency logloss brier deviance".split(" "));function y(n){let e=n.replace(/^metrics\./,"").replaceAll(/([a-z])([A-Z])/g,"$1 $2").toLowerCase().split(/[^a-z]+/);return/^(metrics\.)?system\//.test(n)||e.includes("epoch")?"none":e.some(t=>A.has(t))?"lower":"higher"}function i(n,e={},...t){let r=document.createElement(n);for(let[o,s]of Object.entries(e))s==null||s===!1||r.setAttribute(o,s===!0?"":String(s));return N(r,t),r}function N(n,e){for(let t of e)t!=null&&n.appendChild(D(t))}function h(n,e,t={}){let r=i("button",{type:"button",...t},n);return r.addEventListener("click",e),r}function D(n){return typeof n=="string"?document.createTextNode(n):n}var I=1500;function v(n,e,t=""){let r=h(n,()=>{navigator.clipboard.writeText(e()).then(()=>o("Copied"),()=>o("Not allowed"))},{class:"quiet text","aria-label":t?`${n} ${t}`:null}),o=s=>{r.textContent=s,setTimeout(()=>r.textContent=n,I)};return r}var J=new Intl.Segmenter(void 0,{granularity:"grapheme"});var w=new Intl.Collator("en",{numeric:!0}).compare;function $(n){let e=n.filter(s=>s!==null);if(e.length<2)return"";let t=Math.min(...e),r=Math.max(...e)-t,o=!1;return n.map((s,l)=>{if(s===null)return o=!1,"";let c=2+l/(n.length-1)*116,m=22-(r>0&&Number.isFinite(r)?(s-t)/r:.5)*20,a=o?"L":"M";return o=!0,`${a}${c.toFixed(1)} ${m.toFixed(1)}`}).join("")}function M(n){let e=$(n);if(!e)return null;let t=document.createElementNS("http://www.w3.org/2000/svg","svg");t.setAttribute("viewBox","0 0 120 24"),t.setAttribute("width",String(120)),t.setAttribute("height",String(24)),t.setAttribute("class","sparkline"),t.setAttribute("aria-hidden","true");let r=document.createElementNS("http://www.w3.org/2000/svg","path");return r.setAttribute("d",e),t.append(r),t}var C=8,E=100,H=240,L=4,T="system/",f=class{data;version=null;all=!1;systemIsOpen=!1;unfolded=new Set;root=i("div",{class:"run-values"});search=i("input",{type:"search"});count=i("span",{class:"count",role:"status"});bar=i("div",{class:"bar"},this.search,this.count);body=i("div",{});constructor(e,t){this.data=e.data,this.root.append(i("style",{},t),this.bar,this.body),e.parentElement.append(this.root),x(this.root),this.search.addEventListener("input",()=>this.draw())}update(e){let{data:t}=e;if(this.version===null&&t.metrics.some(k)&&e.setStateValue("drawn",!0),this.version===t.version)return;this.version=t.version,this.data=t;let r=`${t.kind.toLowerCase()}s`;this.search.placeholder=`Search ${r}`,this.search.setAttribute("aria-label",`Search ${r}`),this.bar.hidden=t.metrics.length+t.texts.length<C,this.draw()}destroy(){this.root.remove()}draw(){let e=this.search.value.trim().toLowerCase(),t=(...a)=>!e||a.some(d=>d.toLowerCase().includes(e)),r=this.data.metrics.filter(({name:a})=>t(a)).sort((a,d)=>w(a.name,d.name)),o=this.data.texts.filter(({name:a,value:d})=>t(a,d)),s=r.length+o.length;this.count.textContent=e?`${p(s)} found`:"";let l=r.filter(({name:a})=>!a.startsWith(T)),c=r.filter(({name:a})=>a.startsWith(T)),u=[];l.length&&u.push(this.metricTable(l)),c.length&&u.push(this.systemTable(c,e!=="")),o.length&&u.push(this.textTable(o));let m=Math.max(l.length,c.length,o.length);m>E&&!this.all&&u.push(this.allButton(m)),s||u.push(i("p",{class:"nothing"},"Nothing here has these letters.")),this.body.replaceChildren(...u)}shown(e){return this.all?e:e.slice(0,E)}allButton(e){return h(`Show all ${p(e)}`,()=>{this.all=!0,this.draw()},{class:"quiet text"})}systemTable(e,t){let r=i("details",{open:this.systemIsOpen||t},i("summary",{},`System metrics · ${p(e.length)}`),this.metricTable(e));return r.addEventListener("toggle",()=>{t||(this.systemIsOpen=r.open)}),r}metricTable(e){let t=(o,s)=>i("th",{scope:"col",role:"columnheader",class:s},o),r=[t("Metric",""),t("Course","curve"),t("Last","number"),t("Best","number")];return i("table",{class:"metrics",role:"table","aria-label":`${this.data.kind}s`},i("thead",{role:"rowgroup"},i("tr",{role:"row"},...r)),i("tbody",{role:"rowgroup"},...this.shown(e).map(O)))}textTable(e){let t=[this.data.kind,"Value"].map(r=>i("th",{scope:"col"},r));return i("table",{class:"texts","aria-label":`${this.data.kind}s`},i("thead",{},i("tr",{},...t,i("td",{}))),i("tbody",{},...this.shown(e).map(r=>this.textRow(r))))}textRow({name:e,value:t}){let r=R(t),o=r!==t&&!this.unfolded.has(e),s=i("span",{class:"value"},o?`${r}…`:t),l=h(o?`Show all ${p(t.length)} signs`:"Fold",()=>{this.unfolded.delete(e)||this.unfolded.add(e),this.draw()},{class:"quiet text","aria-expanded":String(!o)});return i("tr",{},i("th",{scope:"row"},e),i("td",{},s,r===t?null:l),i("td",{class:"copy"},v("Copy",()=>t,e)))}};function k({line:n}){return!n.length}function R(n){return n.split(`
`,L).join(`
`).slice(0,H)}function O(n){let e=y(n.name),[t,r]=e==="lower"?[n.low,n.low_step]:[n.high,n.high_step];return i("tr",{role:"row"},i("th",{scope:"row",role:"rowheader"},n.name),i("td",{class:"curve",role:"cell"},M(n.line)),g(n.last,n.step),e==="none"||!t?g("",""):g(t,r))}function g(n,e){return i("td",{class:"number",role:"cell"},n?i("span",{class:"amount"},n):null,e?i("span",{class:"step"},e):null)}var S=`.run-values {
  --faint: var(--st-gray-text-color, #55636a);
  --line: var(--st-border-color);
  --soft: color-mix(in srgb, var(--st-primary-color) 12%, transparent);
  display: flex;
  flex-direction: column;
  gap: 8px;
  font: 13px/1.4 var(--st-font);
  color: var(--st-text-color);
  font-variant-numeric: tabular-nums;
  container-type: inline-size;
}
.run-values * { box-sizing: border-box; }
.run-values [hidden] { display: none; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; }
.bar input {
  flex: 0 1 260px;
  min-width: 0;
  height: 32px;
  padding: 0 10px;
  border: 1px solid var(--line);
  border-radius: var(--st-base-radius, 8px);
  background: var(--st-background-color);
  color: inherit;
  font: inherit;
}
.count, .step, thead th, .nothing { color: var(--faint); }
.nothing { margin: 4px 0; }
table { width: 100%; border-collapse: collapse; }
tr { border-bottom: 1px solid var(--line); }
th, td { padding: 5px 10px 5px 0; text-align: start; vertical-align: baseline; font-weight: 400; }
:is(th, td):last-child { padding-right: 0; }
thead th { font-size: 12px; }
tbody th { overflow-wrap: anywhere; }
.metrics tbody :is(th, td) { vertical-align: middle; }
.metrics tbody th { min-width: 140px; }
.texts tbody th { width: 34%; color: var(--faint); }
.number { text-align: end; white-space: nowrap; }
th.curve { width: 30%; }
.sparkline { display: block; }
.sparkline path { fill: none; stroke: var(--st-primary-color); stroke-width: 1.5; stroke-linejoin: round; }
.amount { display: block; }
.step { display: block; font-size: 12px; }
.value { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.copy { width: 1%; text-align: end; white-space: nowrap; }
.copy .quiet { opacity: 0; }
tr:hover .copy .quiet, .copy .quiet:focus-visible { opacity: 1; }
@media (hover: none) { .copy .quiet { opacity: 1; } }
.quiet { display: inline-flex; align-items: center; min-height: 24px; padding: 0 6px; border: 0; border-radius: 6px;
  background: none; color: var(--st-link-color); font: inherit; cursor: pointer; }
.value + .quiet { margin-left: -2px; }
.quiet:hover { background: var(--soft); }
details { margin-top: 6px; }
summary { min-height: 28px; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
@container (max-width: 620px) {
  .metrics tr { display: grid; grid-template-columns: 1fr 1fr; padding: 4px 0; }
  .metrics :is(th, td) { padding: 1px 0; }
  .metrics :is(tbody th, .curve, thead th:first-child) { grid-column: span 2; }
  .metrics :is(.curve, thead th:first-child) { display: none; }
  .number { overflow-wrap: anywhere; white-space: normal; }
  .number, thead .number { text-align: start; }
}
`;var ut=b(n=>new f(n,S));export{ut as default};
